package dev.deltapress.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * Element-wise work gives the same bits in JVMs whose compiler may use vectors of 16, 32 and 64
 * bytes, and in one without that compiler.
 */
class LoopWidthsTest {

    @Test
    void allWidthsGiveTheBitsOfTheUnoptimisedLoops() throws Exception {
        String expected = run("-XX:TieredStopAtLevel=1");
        assertThat(expected).startsWith("checksum ");
        for (int bytes : new int[] {16, 32, 64}) {
            assertThat(run("-XX:MaxVectorSize=" + bytes)).as("%d bytes", bytes).isEqualTo(expected);
        }
    }

    private static String run(String option) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(option);
        // Compiled code by the second round at the latest, not at some time in the background.
        command.addAll(
                List.of("-Xbatch", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** Prints a checksum of everything that element-wise work makes of seeded finite numbers. */
    static final class Main {
        private static final int ROWS = 331;
        private static final int COLUMNS = 401;
        private static final int ROUNDS = 3;

        private final CRC32 sum = new CRC32();

        public static void main(String[] args) throws IOException {
            Main main = new Main();
            for (int round = 0; round < ROUNDS; round++) {
                for (DType dtype : new DType[] {DType.F32, DType.F16, DType.BF16}) {
                    main.pair(dtype, round);
                }
                main.factors(round);
            }
            System.out.println("checksum " + main.sum.getValue());
        }

        private void pair(DType dtype, int round) throws IOException {
            MatrixView tuned = matrix(dtype, 2L * round);
            MatrixView base = matrix(dtype, 2L * round + 1);
            MatrixView restored = matrix(dtype, 0);
            try (JavaBackend backend = new JavaBackend();
                    Session session = backend.open();
                    Delta delta = session.subtract(tuned, base);
                    Delta other = session.subtract(base, tuned)) {
                add(delta.nonFinite());
                add(session.add(base, delta, restored));
                add(restored.data());
                ErrorSums errors = session.compare(delta, other, tuned, base);
                add(Double.doubleToRawLongBits(errors.delta()));
                add(Double.doubleToRawLongBits(errors.error()));
                add(Double.doubleToRawLongBits(errors.restoredError()));
            }
            exact(dtype, tuned.data(), base.data());
            exact(DType.F32, widened(tuned), widened(base));
        }

        private void exact(DType dtype, MemorySegment data, MemorySegment base) throws IOException {
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            ExactBlock.encode(dtype, data, base, Channels.newChannel(block));
            add(MemorySegment.ofArray(block.toByteArray()));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment direct =
                        arena.allocate(block.size())
                                .copyFrom(MemorySegment.ofArray(block.toByteArray()));
                MemorySegment out = arena.allocate(data.byteSize());
                ExactBlock.decode(direct, dtype, base, out, "block");
                add(out);
            }
        }

        private void factors(int round) {
            int rank = 20;
            MaskKey key = new MaskKey(round, 5);
            long[] thresholds = new Random(round).longs(rank, 1, MaskKey.KEEP_ALL + 1).toArray();
            FactorBlock block = new FactorBlock(ROWS, COLUMNS, 1.5f, new float[rank], thresholds);
            Arrays.fill(block.s(), 0.7f);
            try (Arena arena = Arena.ofConfined()) {
                Matrix ut = Matrix.allocate(arena, rank, ROWS);
                Matrix vt = Matrix.allocate(arena, rank, COLUMNS);
                fill(new Elements(ut.data(), DType.F32), 1);
                fill(new Elements(vt.data(), DType.F32), 2);
                MemorySegment packed = arena.allocate(block.byteSize(key));
                add(block.pack(ut, vt, key, packed));
                add(packed);
                block.unpack(packed, key, ut, vt, "block");
                add(ut.data());
                add(vt.data());
            }
        }

        private static MatrixView matrix(DType dtype, long seed) {
            byte[] bytes = new byte[ROWS * COLUMNS * dtype.bits() / 8];
            Elements elements = new Elements(MemorySegment.ofArray(bytes), dtype);
            fill(elements, seed);
            return new MatrixView(elements.data(), dtype, ROWS, COLUMNS);
        }

        private static MemorySegment widened(MatrixView matrix) {
            int count = ROWS * COLUMNS;
            MemorySegment wide = MemorySegment.ofArray(new byte[Float.BYTES * count]);
            for (int i = 0; i < count; i++) {
                wide.setAtIndex(Floats.FLOAT32, i, Floats.get(matrix.data(), matrix.dtype(), i));
            }
            return wide;
        }

        private static void fill(Elements elements, long seed) {
            Random random = new Random(seed);
            for (long i = 0; i < elements.count(); i++) {
                float value = (float) random.nextGaussian() * (1 << random.nextInt(16));
                Floats.set(elements.data(), elements.dtype(), i, value);
            }
        }

        private void add(long number) {
            sum.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
        }

        private void add(MemorySegment bytes) {
            sum.update(bytes.asByteBuffer());
        }
    }
}
