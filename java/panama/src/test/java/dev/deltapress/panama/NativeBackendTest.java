package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.method.Method;
import dev.deltapress.method.Methods;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The native backend does what the Java backend does, byte for byte. */
class NativeBackendTest {
    private static final MaskKey KEY = new MaskKey(5, 77);

    @BeforeAll
    static void theLibraryIsThere() {
        Host.library();
    }

    @ParameterizedTest(name = "{0} x {1} {2}, {3} threads")
    @CsvSource({
        "64, 64, F32, 1",
        "331, 401, BF16, 2",
        "128, 1030, F16, 2",
        "2049, 65, F32, 4",
        "1100, 1000, BF16, 3"
    })
    void everyStepGivesTheBytesOfTheJavaBackend(int rows, int columns, DType dtype, int threads) {
        try (Team team = new Team(threads);
                Backend ours = Backends.create("native", team, 0, note -> {});
                Backend java = new JavaBackend()) {
            assertThat(ours.name()).isEqualTo("native");
            assertThat(bytes(ours, rows, columns, dtype))
                    .usingElementComparator(Arrays::compare)
                    .isEqualTo(bytes(java, rows, columns, dtype));
        }
    }

    @ParameterizedTest(name = "{0}, {1} x {2}")
    @CsvSource({
        "lowrank, 128, 300",
        "delta-come, 128, 300",
        "impart-qt, 128, 300",
        "impart-qt, 500, 64",
        "deltamix, 128, 300",
        "deltamix, 500, 64"
    })
    void everyMethodWritesTheBlockOfTheJavaBackend(String name, int rows, int columns) {
        Method method = Methods.create(name, 8, Map.of());
        try (Team team = new Team(2);
                Backend ours = Backends.create("native", team, 0, note -> {});
                Backend java = new JavaBackend()) {
            byte[] block = block(ours, method, rows, columns);

            assertThat(block).isEqualTo(block(java, method, rows, columns));
            assertThat(decoded(ours, block, rows, columns))
                    .isEqualTo(decoded(java, block, rows, columns));
        }
    }

    private static byte[] block(Backend backend, Method method, int rows, int columns) {
        MatrixView tuned = matrix(rows, columns, DType.F32, 1);
        MatrixView base = matrix(rows, columns, DType.F32, 2);
        long budget = (long) (2.0 * rows * columns / method.ratio());
        try (Session session = backend.open();
                Delta delta = session.subtract(tuned, base)) {
            return method.encode(session, List.of(delta), List.of(KEY), List.of(budget))
                    .getFirst()
                    .toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** A block added to a base. */
    private static byte[] decoded(Backend backend, byte[] block, int rows, int columns) {
        MatrixView base = matrix(rows, columns, DType.F32, 2);
        MatrixView restored = matrix(rows, columns, DType.F32, 3);
        PackedMatrix packed = new PackedMatrix(odd(block), rows, columns, KEY, "here");
        try (Session session = backend.open()) {
            assertThat(session.restore(packed, 0, base, restored)).isZero();
        }
        return toArray(restored.data());
    }

    /** Everything that a backend makes of a pair. */
    private static List<byte[]> bytes(Backend backend, int rows, int columns, DType dtype) {
        List<byte[]> made = new ArrayList<>();
        MatrixView tuned = matrix(rows, columns, dtype, 1);
        MatrixView base = matrix(rows, columns, dtype, 2);
        MatrixView restored = matrix(rows, columns, dtype, 3);
        try (Session session = backend.open();
                Delta delta = session.subtract(tuned, base);
                Factors factors = session.factorise(delta, RankRule.of(20))) {
            assertThat(delta.nonFinite()).isZero();
            FactorBlock block = block(rows, columns, factors.singularValues());
            byte[] packed = new byte[(int) block.byteSize(KEY)];
            session.pack(factors, block, KEY, MemorySegment.ofArray(packed));
            made.add(packed);
            MemorySegment odd = odd(packed);
            try (Delta decoded =
                    session.unpack(new PackedMatrix(odd, rows, columns, KEY, "here"))) {
                assertThat(session.add(base, decoded, restored)).isZero();
                made.add(toArray(restored.data()));
                made.add(
                        session.compare(delta, decoded, tuned, restored)
                                .toString()
                                .getBytes(StandardCharsets.UTF_8));
            }
        }
        return made;
    }

    private static FactorBlock block(int rows, int columns, float[] s) {
        long[] thresholds = new long[s.length];
        for (int c = 0; c < s.length; c++) {
            thresholds[c] =
                    switch (c) {
                        case 0 -> MaskKey.KEEP_ALL;
                        case 1 -> MaskKey.KEEP_ALL - 1;
                        case 2 -> 1;
                        case 3 -> 2;
                        default -> MaskKey.KEEP_ALL / (c - 2);
                    };
        }
        return new FactorBlock(rows, columns, 0.75f, s, thresholds);
    }

    /** The same bytes at an odd address. */
    private static MemorySegment odd(byte[] bytes) {
        MemorySegment data = Arena.ofAuto().allocate(bytes.length + 1L, 2).asSlice(1);
        return data.copyFrom(MemorySegment.ofArray(bytes));
    }

    private static byte[] toArray(MemorySegment data) {
        return data.toArray(ValueLayout.JAVA_BYTE);
    }

    private static MatrixView matrix(int rows, int columns, DType dtype, long seed) {
        long bytes = (long) rows * columns * (dtype.bits() / 8);
        MemorySegment data = Arena.ofAuto().allocate(bytes + 1, 2).asSlice(1);
        Random random = new Random(seed);
        for (long i = 0; i < (long) rows * columns; i++) {
            Floats.set(data, dtype, i, (float) random.nextGaussian());
        }
        return new MatrixView(data, dtype, rows, columns);
    }

    @Test
    void elementsThatAreNoNumbersAndSumsThatOverflowAreCounted() {
        MatrixView tuned = matrix(3, 5, DType.F16, 1);
        MatrixView base = matrix(3, 5, DType.F16, 2);
        Floats.set(tuned.data(), DType.F16, 4, Float.NaN);
        Floats.set(tuned.data(), DType.F16, 9, Float.POSITIVE_INFINITY);
        Floats.set(tuned.data(), DType.F16, 11, 65504);
        Floats.set(base.data(), DType.F16, 11, -65504);
        try (Backend backend = Backends.create("native", Team.alone(), 0, note -> {});
                Session session = backend.open();
                Delta delta = session.subtract(tuned, base)) {
            assertThat(delta.nonFinite()).isEqualTo(2);
            assertThat(session.add(tuned, delta, matrix(3, 5, DType.F16, 3))).isEqualTo(1);
        }
    }

    @Test
    void memoryOfOneThreadAloneIsNoObstacle() {
        try (Team team = new Team(2);
                Backend backend = Backends.create("native", team, 0, note -> {});
                Session session = backend.open();
                Arena confined = Arena.ofConfined()) {
            int side = 1500; // several pieces
            MemorySegment data = confined.allocate((long) side * side * Float.BYTES, 4);
            MatrixView zero = new MatrixView(data, DType.F32, side, side);
            try (Delta delta = session.subtract(zero, zero)) {
                assertThat(session.add(zero, delta, zero)).isZero();
            }
        }
    }

    @Test
    void aBlockThatIsCutIsRefusedInTheWordsOfTheJavaBackend() {
        int rows = 70;
        int columns = 90;
        try (Backend ours = Backends.create("native", Team.alone(), 0, note -> {});
                Backend java = new JavaBackend()) {
            FactorBlock block = block(rows, columns, new float[] {3, 2, 1, 1, 1, 1});
            byte[] packed = new byte[(int) block.byteSize(KEY)];
            block.writeHeader(MemorySegment.ofArray(packed));
            for (int cut : new int[] {1, 2, 3, 130, packed.length - 80}) {
                MemorySegment some = odd(Arrays.copyOf(packed, packed.length - cut));
                assertThatThrownBy(() -> unpack(ours, some, rows, columns))
                        .isInstanceOf(MalformedFileException.class)
                        .hasMessage(messageOf(java, some, rows, columns));
            }
        }
    }

    private static String messageOf(Backend backend, MemorySegment some, int rows, int columns) {
        try {
            unpack(backend, some, rows, columns);
            throw new AssertionError("not refused");
        } catch (MalformedFileException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void unpack(Backend backend, MemorySegment packed, int rows, int columns) {
        try (Session session = backend.open()) {
            session.unpack(new PackedMatrix(packed, rows, columns, KEY, "here")).close();
        }
    }

    @Test
    void aBlockOfRankZeroIsAZeroDelta() {
        try (Backend backend = Backends.create("native", Team.alone(), 0, note -> {});
                Session session = backend.open()) {
            byte[] packed = new byte[8];
            new FactorBlock(3, 5, 1, new float[0], new long[0])
                    .writeHeader(MemorySegment.ofArray(packed));
            MatrixView base = matrix(3, 5, DType.F32, 1);
            MatrixView restored = matrix(3, 5, DType.F32, 2);
            try (Delta delta =
                    session.unpack(
                            new PackedMatrix(MemorySegment.ofArray(packed), 3, 5, KEY, "here"))) {
                session.add(base, delta, restored);
            }
            assertThat(restored.data().mismatch(base.data())).isEqualTo(-1);
        }
    }

    @Test
    void itsStatusSaysWhatItRunsOn() {
        assertThat(new NativeBackendProvider().status().detail())
                .matches("libdeltapress, flavour host, vectors of \\d+ bits, .*products: .*");
    }
}
