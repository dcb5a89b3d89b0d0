package dev.deltapress.bench;

import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.linalg.Matrix;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Masks, and factor blocks of 256 components of 4096 x 4096, of whose entries a quarter survives:
 * what ImPart makes of a matrix of a 7B model at 32x.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls prepare first
public class FactorBenchmark {
    private static final int SIDE = 4096;
    private static final int RANK = 256;
    private static final long THRESHOLD = MaskKey.KEEP_ALL / 4;

    /** Philox4x32-10 of counter 0 and key 0 (Salmon et al., SC 2011, known answers). */
    private static final int[] KNOWN = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};

    private final Arena arena = Arena.ofShared();
    private final MaskKey key = new MaskKey(0, 0);
    private FactorBlock block;
    private Matrix ut;
    private Matrix vt;
    private Matrix decodedUt;
    private Matrix decodedVt;
    private MemorySegment packed;

    @Setup
    public void prepare() {
        float[] s = new float[RANK];
        long[] thresholds = new long[RANK];
        for (int c = 0; c < RANK; c++) {
            s[c] = 1f / (c + 1);
            thresholds[c] = THRESHOLD;
        }
        block = new FactorBlock(SIDE, SIDE, 1, s, thresholds);
        ut = RandomMatrix.gaussian(arena, RANK, SIDE, "u");
        vt = RandomMatrix.gaussian(arena, RANK, SIDE, "v");
        decodedUt = Matrix.allocate(arena, RANK, SIDE);
        decodedVt = Matrix.allocate(arena, RANK, SIDE);
        packed = arena.allocate(block.byteSize(key));
        require(Arrays.equals(key.draws(Side.U, 0, KNOWN.length), KNOWN), "Philox");
        require(pack() == packed.byteSize(), "bytes of a block");
        require(unpack() == packed.byteSize(), "bytes of a block that is read");
        checkFactor(Side.U, ut, s, decodedUt);
        float[] ones = new float[RANK];
        Arrays.fill(ones, 1);
        checkFactor(Side.V, vt, ones, decodedVt);
    }

    /** Holds decoded entries against one draw and one rounding at a time. */
    private void checkFactor(Side side, Matrix factor, float[] scales, Matrix decoded) {
        double inverseKeep = (double) MaskKey.KEEP_ALL / THRESHOLD;
        for (int c = 0; c < RANK; c++) {
            int[] draws = key.draws(side, c, SIDE);
            for (int i = 0; i < SIDE; i++) {
                float half = Float.float16ToFloat(Float.floatToFloat16(factor.get(c, i)));
                float rescaled = (float) (half * inverseKeep);
                boolean survives = Integer.toUnsignedLong(draws[i]) < THRESHOLD;
                float expected = survives ? (float) (rescaled * (double) scales[c]) : 0;
                require(decoded.get(c, i) == expected, "an entry of a decoded factor");
            }
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("wrong result: " + what);
        }
    }

    /** All draws of U's masks. */
    @Benchmark
    public long draw() {
        long sum = 0;
        for (int c = 0; c < RANK; c++) {
            sum += key.draws(Side.U, c, SIDE)[c];
        }
        return sum;
    }

    /** Draws all masks. */
    @Benchmark
    public long countBytes() {
        return block.byteSize(key);
    }

    @Benchmark
    public final long pack() {
        return block.pack(ut, vt, key, packed);
    }

    /** The same entries are overwritten each time; the others stay zero. */
    @Benchmark
    public final long unpack() {
        return block.unpack(packed, key, decodedUt, decodedVt, "benchmark");
    }

    @TearDown
    public void close() {
        arena.close();
    }
}
