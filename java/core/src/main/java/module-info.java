/** Compression of fine-tuned models as deltas of their base model, in pure Java. */
module dev.deltapress.core {
    requires transitive tools.jackson.databind;
    requires com.github.luben.zstd_jni;
    // Only the Vector API twins need it; without it the scalar reference does the work.
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    exports dev.deltapress;
    exports dev.deltapress.tensor;
    exports dev.deltapress.checkpoint;
    exports dev.deltapress.backend;
    exports dev.deltapress.delta;
    exports dev.deltapress.io;
    exports dev.deltapress.linalg;
    exports dev.deltapress.method;
    exports dev.deltapress.parallel;
    exports dev.deltapress.pipeline;

    uses dev.deltapress.backend.BackendProvider;
    uses dev.deltapress.checkpoint.CheckpointFormat;

    opens dev.deltapress.delta to
            tools.jackson.databind;
    opens dev.deltapress.pipeline to
            tools.jackson.databind;
}
