package dev.deltapress.panama;

/** The two builds of libdeltapress. They give the same bits. */
public enum Flavour {
    /** One device, which is this computer's processor and memory. */
    HOST("host", "libdeltapress.so"),
    /** The NVIDIA devices of this computer. */
    CUDA("cuda", "libdeltapress_cuda.so");

    private final String text;
    private final String fileName;

    Flavour(String text, String fileName) {
        this.text = text;
        this.fileName = fileName;
    }

    /** What the library calls itself. */
    public String text() {
        return text;
    }

    /** Name of the library's file. */
    public String fileName() {
        return fileName;
    }

    /** The system property that names the file to load instead of the one that is found. */
    public String property() {
        return this == HOST ? "deltapress.native.library" : "deltapress.cuda.library";
    }
}
