package dev.deltapress.pipeline;

/**
 * What restoring wrote.
 *
 * @param writtenBytes bytes of all files of the restored model
 */
public record RestoreReport(
        int tensors,
        int matrices,
        long writtenBytes,
        double seconds,
        String backend,
        long peakRssBytes) {}
