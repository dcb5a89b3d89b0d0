/** The command line: parses, delegates, prints. */
module dev.deltapress.cli {
    requires com.github.luben.zstd_jni;
    requires dev.deltapress.core;
    requires dev.deltapress.onnx;
    requires info.picocli;
    requires java.desktop;
    requires java.logging;
    requires jdk.management;
    requires me.tongfei.progressbar;
    requires org.apache.xmlgraphics.batik.svggen;
    requires tools.jackson.databind;
    requires xchart;
    requires static org.jspecify;

    // picocli fills the fields of commands by reflection.
    opens dev.deltapress.cli to
            info.picocli;
}
