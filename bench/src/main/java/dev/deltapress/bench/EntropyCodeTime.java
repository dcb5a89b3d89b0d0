package dev.deltapress.bench;

import com.github.luben.zstd.Zstd;

import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.EntropyCode;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Bits per code and speed of our entropy coder beside zstd, on a Gaussian quantised in uniform
 * steps from -3 to 3 deviations, whose extreme codes take what lies beyond.
 */
public final class EntropyCodeTime {
    private static final int RUNS = 9;

    private EntropyCodeTime() {}

    public static void main(String[] args) {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 1 << 20;
        System.out.println(
                "| bits | entropy | rANS | zstd 3, packed | zstd 3, padded | zstd 19, padded"
                        + " | rANS in, out MB/s | zstd 3 packed in, out |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (int bits = 1; bits <= 8; bits++) {
            print(gaussian(count, bits), bits);
        }
    }

    private static byte[] gaussian(int count, int bits) {
        Random random = new Random(bits);
        double levels = 1 << bits;
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            double code = Math.floor((random.nextGaussian() + 3) / 6 * levels);
            codes[i] = (byte) Math.clamp(code, 0, levels - 1);
        }
        return codes;
    }

    private static void print(byte[] codes, int bits) {
        int count = codes.length;
        byte[] packed = pack(codes, bits);
        byte[] padded = pack(codes, Integer.highestOneBit(2 * bits - 1));
        byte[] ours = EntropyCode.encode(codes, count, bits);
        byte[] frame = Zstd.compress(packed, 3);
        byte[] back = new byte[count];
        MemorySegment stream = MemorySegment.ofArray(ours);
        Supplier<byte[]> decode =
                () -> {
                    EntropyCode.read(stream, 0, count, bits, "stream").decode(back);
                    return back;
                };
        if (!Arrays.equals(codes, decode.get())) {
            throw new IllegalStateException("wrong result: codes differ");
        }
        System.out.printf(
                "| %d | %.4f | %.4f | %.4f | %.4f | %.4f | %.0f, %.0f | %.0f, %.0f |%n",
                bits,
                entropy(codes),
                8.0 * ours.length / count,
                8.0 * frame.length / count,
                8.0 * Zstd.compress(padded, 3).length / count,
                8.0 * Zstd.compress(padded, 19).length / count,
                speed(count, () -> EntropyCode.encode(codes, count, bits)),
                speed(count, decode),
                speed(count, () -> Zstd.compress(packed, 3)),
                speed(count, () -> Zstd.decompress(frame, packed.length)));
    }

    private static byte[] pack(byte[] codes, int bits) {
        byte[] packed = new byte[(int) CodeStream.byteSize(codes.length, bits)];
        CodeStream.pack(codes, codes.length, bits, MemorySegment.ofArray(packed), 0);
        return packed;
    }

    private static double entropy(byte[] codes) {
        long[] occurrences = new long[256];
        for (byte code : codes) {
            occurrences[code & 0xFF]++;
        }
        double bits = 0;
        for (long n : occurrences) {
            if (n > 0) {
                bits -= n * Math.log((double) n / codes.length) / Math.log(2);
            }
        }
        return bits / codes.length;
    }

    /** Millions of codes per second in the fastest run. */
    private static double speed(int count, Supplier<byte[]> work) {
        double best = Double.POSITIVE_INFINITY;
        for (int run = 0; run < RUNS; run++) {
            long start = System.nanoTime();
            byte[] result = work.get();
            best = Math.min(best, (double) (System.nanoTime() - start));
            if (result.length == 0) {
                throw new IllegalStateException("wrong result: no bytes");
            }
        }
        return count / best * 1e3;
    }
}
