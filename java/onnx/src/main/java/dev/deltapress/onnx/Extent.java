package dev.deltapress.onnx;

/**
 * A range of bytes in a file.
 *
 * @param offset bytes before it
 * @param length bytes in it
 */
record Extent(long offset, long length) {

    /** The first byte after it. */
    long end() {
        return offset + length;
    }
}
