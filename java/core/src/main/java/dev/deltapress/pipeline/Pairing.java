package dev.deltapress.pipeline;

import dev.deltapress.MismatchException;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorInfo;
import dev.deltapress.tensor.TensorRole;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tensor of the base belongs to which of the tuned model. Every tensor of both is accounted
 * for, or named in an error.
 *
 * @param pairs one for each tensor of the tuned model, in its order
 * @param removed tensors that only the base has
 */
record Pairing(List<Pair> pairs, List<TensorInfo> removed) {

    /**
     * @param base null if only the tuned model has the tensor
     */
    record Pair(TensorInfo tuned, @Nullable TensorInfo base) {

        /** Leading rows (or elements) that both have. */
        long commonRows() {
            if (base == null || tuned.shape().rank() == 0) {
                return 0;
            }
            return Math.min(tuned.shape().dimension(0), base.shape().dimension(0));
        }

        boolean sameShape() {
            return base != null && tuned.shape().equals(base.shape());
        }
    }

    /** Rows before and after: a vocabulary that grew or shrank. */
    private record Resize(long before, long after) {}

    /**
     * Pairs by name, checked by label where both models have one: an ONNX initialiser may be called
     * {@code onnx::MatMul_17} in one export and {@code onnx::MatMul_23} in the next.
     *
     * @throws MismatchException if shapes do not fit or tensors are missing
     */
    static Pairing of(Checkpoint base, Checkpoint tuned, boolean allowRemoved) {
        Map<String, TensorInfo> byLabel = new HashMap<>();
        for (TensorInfo info : base.tensors().values()) {
            if (info.label() != null) {
                byLabel.put(info.label(), info);
            }
        }
        List<Pair> pairs = new ArrayList<>();
        Set<String> used = new HashSet<>();
        for (TensorInfo info : tuned.tensors().values()) {
            TensorInfo partner = partner(info, base, tuned, byLabel);
            pairs.add(new Pair(info, partner));
            if (partner != null) {
                used.add(partner.name());
            }
        }
        checkShapes(pairs, base, tuned);
        List<TensorInfo> removed =
                base.tensors().values().stream().filter(t -> !used.contains(t.name())).toList();
        if (!allowRemoved) {
            checkRemoved(removed, base, tuned);
        }
        return new Pairing(List.copyOf(pairs), removed);
    }

    private static @Nullable TensorInfo partner(
            TensorInfo info, Checkpoint base, Checkpoint tuned, Map<String, TensorInfo> byLabel) {
        TensorInfo sameName = base.tensors().get(info.name());
        String label = info.label();
        if (label != null && (sameName == null || !label.equals(sameName.label()))) {
            TensorInfo sameLabel = byLabel.get(label);
            if (sameLabel == null && sameName != null && sameName.label() != null) {
                throw new MismatchException(
                        "%s: tensor '%s' feeds node '%s', but in the base it feeds '%s'"
                                .formatted(tuned.path(), info.name(), label, sameName.label()));
            }
            return sameLabel == null ? sameName : sameLabel;
        }
        if (sameName == null && isHead(info) && base.tiesEmbeddings()) {
            return inputEmbedding(base);
        }
        return sameName;
    }

    private static boolean isHead(TensorInfo info) {
        return info.role() == TensorRole.EMBEDDING && info.name().contains("lm_head");
    }

    private static @Nullable TensorInfo inputEmbedding(Checkpoint base) {
        return base.tensors().values().stream()
                .filter(t -> t.role() == TensorRole.EMBEDDING && t.name().contains("embed"))
                .findFirst()
                .orElse(null);
    }

    private static void checkShapes(List<Pair> pairs, Checkpoint base, Checkpoint tuned) {
        Set<Resize> vocabularies = new HashSet<>();
        for (Pair pair : pairs) {
            if (pair.tuned().role() == TensorRole.EMBEDDING && pair.base() != null) {
                vocabularies.add(resize(pair.base().shape(), pair.tuned().shape()));
            }
        }
        for (Pair pair : pairs) {
            TensorInfo before = pair.base();
            if (before != null && !fits(before, pair.tuned(), vocabularies)) {
                throw new MismatchException(
                        "%s: tensor '%s' has shape %s, but %s in %s"
                                .formatted(
                                        tuned.path(),
                                        pair.tuned().displayName(),
                                        pair.tuned().shape(),
                                        before.shape(),
                                        base.path()));
            }
        }
    }

    /** Equal shapes, or rows of a vocabulary that grew or shrank: tables and their biases. */
    private static boolean fits(TensorInfo before, TensorInfo after, Set<Resize> vocabularies) {
        List<Long> a = before.shape().dimensions();
        List<Long> b = after.shape().dimensions();
        if (a.equals(b)) {
            return true;
        }
        boolean sameRows = a.size() == b.size() && !a.isEmpty();
        if (!sameRows || !a.subList(1, a.size()).equals(b.subList(1, b.size()))) {
            return false;
        }
        return after.role() == TensorRole.EMBEDDING
                || (a.size() == 1 && vocabularies.contains(new Resize(a.getFirst(), b.getFirst())));
    }

    private static Resize resize(Shape before, Shape after) {
        return new Resize(before.dimension(0), after.dimension(0));
    }

    private static void checkRemoved(List<TensorInfo> removed, Checkpoint base, Checkpoint tuned) {
        for (TensorInfo info : removed) {
            if (!(isHead(info) && tuned.tiesEmbeddings())) {
                throw new MismatchException(
                        "%s: tensor '%s' of %s is missing; --allow-removed accepts that"
                                .formatted(tuned.path(), info.displayName(), base.path()));
            }
        }
    }
}
