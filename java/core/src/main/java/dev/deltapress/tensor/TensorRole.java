package dev.deltapress.tensor;

/** What a model uses a tensor for, which decides whether it is compressed by default. */
public enum TensorRole {
    /** A linear weight inside the layers. */
    MATRIX,
    /** An embedding table or an output head: one row for each entry of the vocabulary. */
    EMBEDDING,
    /** Everything else: norms, biases, buffers. Always exact. */
    OTHER
}
