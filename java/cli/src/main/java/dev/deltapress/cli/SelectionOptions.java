package dev.deltapress.cli;

import dev.deltapress.pipeline.EmbeddingMode;
import dev.deltapress.pipeline.NonFinitePolicy;
import dev.deltapress.pipeline.Selection;

import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;

/** Which tensors are compressed, and what becomes of the odd ones. */
final class SelectionOptions {

    @Option(
            names = "--include",
            paramLabel = "GLOB",
            description =
                    "Compress the matrices whose names match, instead of those inside the layers;"
                            + " repeatable.")
    private List<String> include = new ArrayList<>();

    @Option(
            names = "--exclude",
            paramLabel = "GLOB",
            description = "Keep the tensors whose names match exactly as they are; repeatable.")
    private List<String> exclude = new ArrayList<>();

    @Option(
            names = "--embeddings",
            defaultValue = "exact",
            paramLabel = "HOW",
            converter = Embeddings.class,
            completionCandidates = Embeddings.class,
            description = {
                "Embedding tables and heads: exact, compress (as other matrices) or base (taken from"
                        + " the base model) (default: ${DEFAULT-VALUE})."
            })
    private EmbeddingMode embeddings;

    @Option(
            names = "--nonfinite",
            defaultValue = "refuse",
            paramLabel = "HOW",
            converter = NonFinite.class,
            completionCandidates = NonFinite.class,
            description =
                    "Matrices with NaN or infinity in their delta: refuse, or store them exact"
                            + " (default: ${DEFAULT-VALUE}).")
    NonFinitePolicy nonFinite;

    @Option(
            names = "--allow-removed",
            description = "Accept a tuned model that lacks tensors of the base.")
    boolean allowRemoved;

    Selection selection() {
        return new Selection(include, exclude, embeddings);
    }

    static final class Embeddings extends Choice<EmbeddingMode> {
        Embeddings() {
            super(EmbeddingMode.class);
        }
    }

    static final class NonFinite extends Choice<NonFinitePolicy> {
        NonFinite() {
            super(NonFinitePolicy.class);
        }
    }
}
