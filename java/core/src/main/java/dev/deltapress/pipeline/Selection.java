package dev.deltapress.pipeline;

import java.util.List;

/**
 * Which tensors are compressed.
 *
 * @param include globs on tensor names or labels ({@code *} any characters, {@code ?} one); if not
 *     empty, they replace the rule that a matrix lies inside the layers
 * @param exclude globs; what matches stays exact
 */
public record Selection(List<String> include, List<String> exclude, EmbeddingMode embeddings) {

    public Selection {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /** The matrices inside the layers; embeddings exact. */
    public static Selection defaults() {
        return new Selection(List.of(), List.of(), EmbeddingMode.EXACT);
    }
}
