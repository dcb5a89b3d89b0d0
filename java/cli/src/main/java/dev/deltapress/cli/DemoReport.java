package dev.deltapress.cli;

import dev.deltapress.pipeline.CompressReport;

import java.util.List;

/**
 * What the demo found. A distance is the mean of 1 - cos between a model's embeddings and those of
 * the tuned model.
 *
 * @param sentences how many were embedded
 * @param baseDistance of the base model
 * @param exact with embedding tables kept exactly
 * @param compressed with embedding tables compressed like the other matrices
 * @param seconds for everything but fetching the models
 */
record DemoReport(
        int sentences, double baseDistance, Variant exact, Variant compressed, double seconds) {

    /**
     * One delta and the model restored from it.
     *
     * @param checked what was verified
     * @param distance of the restored model
     */
    record Variant(
            CompressReport compress, double restoreSeconds, List<String> checked, double distance) {

        Variant {
            checked = List.copyOf(checked);
        }
    }
}
