package dev.deltapress.method;

import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;

import java.util.Arrays;

/** The entries that join the survivors as the common factor of a {@link Thinning} grows. */
final class Joining {
    private final Thinning thinning;

    /** Survivors at the low factor of U and V of each component, and the bytes of all. */
    private final long[] survivors;

    private long before;

    /** Factor times 2^32 plus the number of the side, of each entry that joins. */
    private long[] joining = new long[1024];

    private int count;

    private Joining(Thinning thinning) {
        this.thinning = thinning;
        this.survivors = new long[2 * thinning.components()];
    }

    /** Of those that join at factors in {@code (low, high]}, with those that are there before. */
    static Joining between(int low, int high, Thinning thinning) {
        Joining joining = new Joining(thinning);
        for (int number = 0; number < joining.survivors.length; number++) {
            int component = number / 2;
            long from = thinning.scaled(component, low);
            long to = thinning.scaled(component, high);
            Side side = number % 2 == 0 ? Side.U : Side.V;
            int taken = number;
            thinning.visitDraws(
                    side, component, (draws, n) -> joining.take(draws, n, taken, from, to));
            joining.before += joining.bytes(number);
        }
        Arrays.sort(joining.joining, 0, joining.count);
        return joining;
    }

    /** Counts draws below {@code from} and keeps those from there to below {@code to}. */
    private void take(int[] draws, int n, int number, long from, long to) {
        survivors[number] += MaskKey.countSurvivors(draws, n, from);
        if (joining.length < count + n) {
            joining = Arrays.copyOf(joining, 2 * (count + n));
        }
        int first = count;
        long width = to - from;
        for (int i = 0; i < n; i++) {
            long above = (draws[i] & 0xFFFFFFFFL) - from;
            if (above >= 0 && above < width) {
                joining[count++] = draws[i];
            }
        }
        for (int i = first; i < count; i++) {
            long factor = thinning.leastFactor(number / 2, (int) joining[i]);
            joining[i] = factor << Integer.SIZE | number;
        }
    }

    private long bytes(int number) {
        return CodeStream.byteSize(survivors[number], thinning.bits(number / 2));
    }

    /** Bytes of the survivors at the low factor. */
    long before() {
        return before;
    }

    /**
     * The least factor whose survivors take more bytes than that, 0 if there is none. May be called
     * once.
     */
    int firstBeyond(long affordable) {
        long bytes = before;
        for (int i = 0; i < count; i++) {
            int number = (int) joining[i];
            bytes -= bytes(number);
            survivors[number]++;
            bytes += bytes(number);
            if (bytes > affordable) {
                return (int) (joining[i] >>> Integer.SIZE);
            }
        }
        return 0;
    }
}
