package dev.deltapress.bench;

/**
 * What a synthetic pair is made of.
 *
 * @param seed of all numbers
 * @param relative standard deviation of a delta's bulk over that of the weights
 * @param spikes singular values above the bulk, per matrix
 * @param tuneEmbeddings whether the tables over the vocabulary differ too
 */
record SyntheticNumbers(long seed, double relative, int spikes, boolean tuneEmbeddings) {

    SyntheticNumbers {
        if (!(relative > 0) || spikes < 1) {
            throw new IllegalArgumentException("relative size and spikes must be above 0");
        }
    }
}
