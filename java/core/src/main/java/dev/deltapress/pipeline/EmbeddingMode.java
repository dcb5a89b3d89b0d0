package dev.deltapress.pipeline;

/** What becomes of embedding tables and output heads. */
public enum EmbeddingMode {
    /** Kept bit for bit. */
    EXACT,
    /** Compressed as the other matrices are. */
    COMPRESS,
    /** Taken from the base; only rows that the base lacks are kept. */
    BASE
}
