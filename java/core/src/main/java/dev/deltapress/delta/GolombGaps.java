package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;

/**
 * Gaps between kept entries in a Golomb code (Golomb, "Run-length encodings", IEEE Transactions on
 * Information Theory 12, 1966), which is as short as can be where entries are kept with one
 * probability: gap div M as that many ones and a zero, then gap mod M in about log2 M bits
 * (docs/format.md, section 9).
 */
final class GolombGaps {
    /** The largest M. */
    static final int MOST = 1 << 30;

    /** Bits that a buffer of 64 always has room for beside a byte. */
    private static final int FULL = Long.SIZE - Byte.SIZE;

    /** Ones that are written at once. */
    private static final int RUN = 32;

    private GolombGaps() {}

    /** The M for so many kept ones of all entries, at least one: about ln 2 times the mean gap. */
    static int divisor(long entries, long kept) {
        long divisor = (entries - kept) * 69 / (kept * 100);
        return Math.clamp(divisor, 1, MOST);
    }

    /** Bits of the longer remainders. */
    private static int remainderBits(int divisor) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(divisor - 1);
    }

    /** Remainders below it are one bit shorter. */
    private static int cutoff(int divisor) {
        return (int) ((1L << remainderBits(divisor)) - divisor);
    }

    /** Collects gaps. */
    static final class Writer {
        private final int divisor;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private long buffer;
        private int bits;

        Writer(int divisor) {
            this.divisor = divisor;
        }

        void add(long gap) {
            long quotient = gap / divisor;
            int remainder = (int) (gap - quotient * divisor);
            for (; quotient >= RUN; quotient -= RUN) {
                put((1L << RUN) - 1, RUN);
            }
            put((1L << quotient) - 1, (int) quotient + 1);
            int remainderBits = remainderBits(divisor);
            if (remainderBits == 0) {
                return;
            }
            int cutoff = cutoff(divisor);
            if (remainder < cutoff) {
                put(remainder, remainderBits - 1);
            } else {
                put(cutoff + ((remainder - cutoff) >> 1), remainderBits - 1);
                put((remainder - cutoff) & 1, 1);
            }
        }

        private void put(long value, int count) {
            buffer |= value << bits;
            bits += count;
            while (bits >= Byte.SIZE) {
                out.write((int) buffer);
                buffer >>>= Byte.SIZE;
                bits -= Byte.SIZE;
            }
        }

        /** All gaps; unused bits of the last byte are 0. */
        byte[] finish() {
            if (bits > 0) {
                out.write((int) buffer);
            }
            return out.toByteArray();
        }
    }

    /** Reads gaps. */
    static final class Reader {
        private final MemorySegment in;
        private final int divisor;
        private final long largest;
        private final String where;
        private final long at;
        private final int remainderBits;
        private final int cutoff;
        private long next;
        private long buffer;
        private int bits;

        /**
         * @param in all gaps and nothing else
         * @param largest gap that there can be
         * @param where names file and tensor in errors
         * @param at byte of the block where gaps begin
         */
        Reader(MemorySegment in, int divisor, long largest, String where, long at) {
            this.in = in;
            this.divisor = divisor;
            this.largest = largest;
            this.where = where;
            this.at = at;
            this.remainderBits = remainderBits(divisor);
            this.cutoff = cutoff(divisor);
        }

        /**
         * The next gap.
         *
         * @throws MalformedFileException if there is none, or it is larger than can be
         */
        long next() {
            long gap = quotient() * divisor;
            if (remainderBits > 0) {
                int remainder = take(remainderBits - 1);
                gap += remainder < cutoff ? remainder : 2 * remainder - cutoff + take(1);
            }
            require(gap <= largest, "a gap of more entries than there are");
            return gap;
        }

        private long quotient() {
            long quotient = 0;
            while (true) {
                fill();
                require(bits > 0, "gaps are cut");
                int ones = Long.numberOfTrailingZeros(~buffer);
                quotient += ones;
                require(quotient <= largest / divisor, "a gap of more entries than there are");
                if (ones < bits) {
                    drop(ones + 1);
                    return quotient;
                }
                drop(ones);
            }
        }

        private int take(int count) {
            fill();
            require(bits >= count, "gaps are cut");
            int taken = (int) (buffer & ((1L << count) - 1));
            drop(count);
            return taken;
        }

        private void drop(int count) {
            buffer >>>= count;
            bits -= count;
        }

        private void fill() {
            while (bits < FULL && next < in.byteSize()) {
                buffer |= (in.get(JAVA_BYTE, next++) & 0xFFL) << bits;
                bits += Byte.SIZE;
            }
        }

        /**
         * Checks that only unused bits, all 0, are left.
         *
         * @throws MalformedFileException if not
         */
        void finish() {
            fill();
            require(bits < Byte.SIZE && buffer == 0, "gaps go on after the last kept entry");
        }

        private void require(boolean holds, String message) {
            if (!holds) {
                throw malformed(message);
            }
        }

        /** An error in the gaps. */
        MalformedFileException malformed(String message) {
            return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
        }
    }
}
