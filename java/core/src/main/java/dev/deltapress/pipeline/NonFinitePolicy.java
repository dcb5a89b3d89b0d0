package dev.deltapress.pipeline;

/** What becomes of a matrix whose delta holds NaN or infinity. */
public enum NonFinitePolicy {
    /** The run fails and names the tensor. */
    REFUSE,
    /** The tensor is kept bit for bit instead of compressed. */
    EXACT
}
