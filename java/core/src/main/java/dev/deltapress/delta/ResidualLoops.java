package dev.deltapress.delta;

import dev.deltapress.delta.WordCode.Narrow;
import dev.deltapress.tensor.DType;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Folded differences of 16-bit floats from those of a base through {@link ResidualCode}, a piece at
 * a time. For one thread.
 */
final class ResidualLoops {
    private static final int F16_FRACTION_BITS = 10;
    private static final int BF16_FRACTION_BITS = 7;
    private static final int SIGN_BIT = 0x8000;

    private final WordLoops loops;
    private final int fractionBits;
    private final int[] contexts = new int[WordLoops.CHUNK];

    /**
     * @param fractionBits of a word, below its exponent
     */
    private ResidualLoops(WordCode code, int fractionBits) {
        this.loops = new WordLoops(code);
        this.fractionBits = fractionBits;
    }

    /**
     * @param dtype of the elements
     * @param code has words of 16-bit floats, as {@link #canCode} says
     */
    static ResidualLoops of(DType dtype, WordCode code) {
        boolean halves = dtype == DType.F16 || code.narrow() == Narrow.F16;
        return new ResidualLoops(code, halves ? F16_FRACTION_BITS : BF16_FRACTION_BITS);
    }

    /** Whether words of that code are differences of 16-bit floats. */
    static boolean canCode(WordCode code) {
        return code.predicted() && code.floats() && code.width() == Short.BYTES;
    }

    /** How many of the base's elements {@code [first, first + elements)} each context has. */
    int[] counts(MemorySegment base, long first, int elements) {
        int[] counts = new int[ResidualCode.CONTEXTS];
        for (int at = 0; at < elements; at += WordLoops.CHUNK) {
            int count = Math.min(WordLoops.CHUNK, elements - at);
            loops.read(base, first + at, count, loops.predictions());
            takeContexts(count);
            for (int i = 0; i < count; i++) {
                counts[contexts[i]]++;
            }
        }
        return counts;
    }

    /** Gives the words of those elements to the encoder. */
    void encode(
            MemorySegment data,
            MemorySegment base,
            long first,
            int elements,
            ResidualCode.Encoder encoder) {
        for (int at = 0; at < elements; at += WordLoops.CHUNK) {
            int count = Math.min(WordLoops.CHUNK, elements - at);
            loops.read(data, first + at, count, loops.words());
            loops.read(base, first + at, count, loops.predictions());
            takeContexts(count);
            loops.foldFromPredictions(count);
            encoder.add(contexts, loops.words(), count);
        }
    }

    /**
     * Stores the elements whose words the decoder gives.
     *
     * @param first of the base's elements
     * @param out receives the elements from its start on
     */
    void decode(
            ResidualCode.Decoder decoder,
            MemorySegment base,
            long first,
            int elements,
            MemorySegment out) {
        for (int at = 0; at < elements; at += WordLoops.CHUNK) {
            int count = Math.min(WordLoops.CHUNK, elements - at);
            loops.read(base, first + at, count, loops.predictions());
            if (decoder.isAllZero()) {
                Arrays.fill(loops.words(), 0, count, 0);
            } else {
                takeContexts(count);
                decoder.next(contexts, loops.words(), count);
            }
            loops.unfoldFromPredictions(count);
            loops.write(out, at, count);
        }
    }

    /** The exponents of the predictions. */
    private void takeContexts(int count) {
        exponents(loops.predictions(), fractionBits, contexts, count);
    }

    private static void exponents(int[] words, int fractionBits, int[] exponents, int count) {
        int mask = (SIGN_BIT - 1) >> fractionBits;
        for (int i = 0; i < count; i++) {
            exponents[i] = (words[i] >> fractionBits) & mask;
        }
    }
}
