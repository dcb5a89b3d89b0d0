import dev.deltapress.checkpoint.CheckpointFormat;
import dev.deltapress.onnx.OnnxFormat;

/** ONNX models as checkpoints; running them is optional. */
module dev.deltapress.onnx {
    requires transitive dev.deltapress.core;
    requires com.google.protobuf;
    // Only the embedding package needs these three.
    requires static com.microsoft.onnxruntime;
    requires static ai.djl.api;
    requires static ai.djl.tokenizers;
    requires static org.jspecify;

    exports dev.deltapress.onnx;
    exports dev.deltapress.onnx.embedding;

    provides CheckpointFormat with
            OnnxFormat;
}
