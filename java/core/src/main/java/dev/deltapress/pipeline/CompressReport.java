package dev.deltapress.pipeline;

import java.util.List;

/**
 * What compressing gave.
 *
 * @param storedBytes bytes of all files of the delta
 * @param matrixStoredBytes payload, header entries and manifest records of compressed matrices,
 *     with their share of shard prefixes and common manifest fields
 * @param tunedBytes16Bit the tuned model with every floating tensor in 16 bit
 * @param matrixBytes16Bit the compressed matrices in 16 bit
 * @param embeddingStoredBytes what embedding tables and heads cost, however they are stored
 * @param relativeError all compressed matrices together, decoded fp32 delta against the true one
 * @param restoredRelativeError the same after adding to the base and rounding to the output type
 */
public record CompressReport(
        List<TensorReport> tensors,
        int matrices,
        long storedBytes,
        long matrixStoredBytes,
        long tunedBytes16Bit,
        long matrixBytes16Bit,
        long embeddingStoredBytes,
        double relativeError,
        double restoredRelativeError,
        double seconds,
        String backend,
        String method,
        long seed,
        long peakRssBytes) {

    public CompressReport {
        tensors = List.copyOf(tensors);
    }

    /** Tuned model in 16 bit over the whole delta. */
    public double fileRatio() {
        return (double) tunedBytes16Bit / storedBytes;
    }

    /** Compressed matrices in 16 bit over all bytes that they cost; 0 where there are none. */
    public double matrixRatio() {
        return matrixStoredBytes == 0 ? 0 : (double) matrixBytes16Bit / matrixStoredBytes;
    }
}
