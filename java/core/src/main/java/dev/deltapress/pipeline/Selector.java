package dev.deltapress.pipeline;

import dev.deltapress.pipeline.Pairing.Pair;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorInfo;
import dev.deltapress.tensor.TensorRole;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Decides for each tensor whether it is compressed, kept exactly, or taken from the base. */
final class Selector {
    /** A matrix with a shorter side has no room for its own header. */
    private static final long MIN_SIDE = 64;

    /** What becomes of a tensor. */
    enum Treatment {
        COMPRESS,
        EXACT,
        BASE
    }

    private final List<Pattern> include;
    private final List<Pattern> exclude;
    private final EmbeddingMode embeddings;

    Selector(Selection selection) {
        include = selection.include().stream().map(Selector::glob).toList();
        exclude = selection.exclude().stream().map(Selector::glob).toList();
        embeddings = selection.embeddings();
    }

    Treatment treatment(Pair pair) {
        TensorInfo tuned = pair.tuned();
        if (pair.base() == null || matches(exclude, tuned)) {
            return Treatment.EXACT;
        }
        boolean compressible = isCompressible(tuned) && pair.base().dtype().isCompressible();
        boolean asked = !include.isEmpty() && matches(include, tuned);
        if (tuned.role() == TensorRole.EMBEDDING && !asked) {
            return switch (embeddings) {
                case EXACT -> Treatment.EXACT;
                case COMPRESS -> compressible ? Treatment.COMPRESS : Treatment.EXACT;
                case BASE ->
                        tuned.dtype() == pair.base().dtype() ? Treatment.BASE : Treatment.EXACT;
            };
        }
        boolean wanted = include.isEmpty() ? tuned.role() == TensorRole.MATRIX : asked;
        return wanted && compressible ? Treatment.COMPRESS : Treatment.EXACT;
    }

    private static boolean isCompressible(TensorInfo tensor) {
        Shape shape = tensor.shape();
        int rank = shape.rank();
        return tensor.dtype().isCompressible()
                && (rank == 2 || rank == 3)
                && isMatrixSide(shape.dimension(rank - 2))
                && isMatrixSide(shape.dimension(rank - 1));
    }

    private static boolean isMatrixSide(long side) {
        return side >= MIN_SIDE && side <= Integer.MAX_VALUE;
    }

    private static boolean matches(List<Pattern> globs, TensorInfo tensor) {
        return globs.stream()
                .anyMatch(
                        glob ->
                                glob.matcher(tensor.name()).matches()
                                        || glob.matcher(tensor.displayName()).matches());
    }

    private static Pattern glob(String glob) {
        return Pattern.compile(
                glob.chars()
                        .mapToObj(
                                c ->
                                        switch (c) {
                                            case '*' -> ".*";
                                            case '?' -> ".";
                                            default -> Pattern.quote(Character.toString(c));
                                        })
                        .collect(Collectors.joining()));
    }
}
