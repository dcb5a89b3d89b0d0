package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What all tensors in work may take together. A user bounds the whole process; what the JVM takes
 * for itself is subtracted from that.
 *
 * @param tensorBytes bound on the tensors in work; negative if the user allows less than the JVM
 *     takes
 * @param asked whether the user set it: then a tensor that needs more is refused, else it is worked
 *     on alone
 */
record MemoryLimit(long tensorBytes, boolean asked) {
    private static final long PROCESS_BYTES = (long) Resources.PROCESS_MEGABYTES << 20;

    private static final long DEFAULT_TENSOR_BYTES = 2L << 30;

    static MemoryLimit of(Resources resources) {
        long most = resources.maxMemoryBytes();
        return most == 0
                ? new MemoryLimit(DEFAULT_TENSOR_BYTES, false)
                : new MemoryLimit(most - PROCESS_BYTES, true);
    }

    /**
     * @throws DeltaPressException naming the input that needs most, if the user allows less
     */
    <I> void require(List<I> inputs, Function<I, String> name, ToLongFunction<I> need) {
        if (!asked) {
            return;
        }
        for (I input : inputs) {
            if (need.applyAsLong(input) > tensorBytes) {
                throw tooLittle(inputs, name, need);
            }
        }
    }

    private <I> DeltaPressException tooLittle(
            List<I> inputs, Function<I, String> name, ToLongFunction<I> need) {
        I largest = inputs.getFirst();
        for (I input : inputs) {
            largest = need.applyAsLong(input) > need.applyAsLong(largest) ? input : largest;
        }
        long least = PROCESS_BYTES + need.applyAsLong(largest);
        return new DeltaPressException(
                "--max-memory allows %d MB, but work on tensor '%s' takes %d MB in all"
                        .formatted(
                                (tensorBytes + PROCESS_BYTES) >> 20,
                                name.apply(largest),
                                (least >> 20) + 1));
    }

    /** What a run takes at most: the process, and of the needs the largest that run at once. */
    long peakBytes(List<Long> needs, int threads) {
        List<Long> largestFirst = needs.stream().sorted((a, b) -> Long.compare(b, a)).toList();
        long atOnce = largestFirst.stream().limit(threads).mapToLong(Long::longValue).sum();
        long largest = largestFirst.isEmpty() ? 0 : largestFirst.getFirst();
        return PROCESS_BYTES + Math.max(largest, Math.min(atOnce, tensorBytes));
    }
}
