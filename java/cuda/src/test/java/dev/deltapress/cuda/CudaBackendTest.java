package dev.deltapress.cuda;

import static dev.deltapress.cuda.CudaSamples.addRankOne;
import static dev.deltapress.cuda.CudaSamples.assertOrthonormal;
import static dev.deltapress.cuda.CudaSamples.copy;
import static dev.deltapress.cuda.CudaSamples.energy;
import static dev.deltapress.cuda.CudaSamples.everything;
import static dev.deltapress.cuda.CudaSamples.floats;
import static dev.deltapress.cuda.CudaSamples.noise;
import static dev.deltapress.cuda.CudaSamples.tuned;
import static dev.deltapress.cuda.CudaSamples.withSpectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.deltapress.BackendFailedException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Measured;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.JavaBackend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.cuda.DeviceStandIns.Part;
import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.method.DeltaMix;
import dev.deltapress.method.Method;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceOutOfMemoryException;
import dev.deltapress.panama.FactorValues;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The cuda backend does what the Java backend does, on stand-ins of NVIDIA's libraries. */
class CudaBackendTest {
    private static final MaskKey KEY = new MaskKey(3, 14);

    private static DeltaPressNative library;
    private Backend backend;

    @BeforeAll
    static void load() {
        library = DeviceStandIns.library();
    }

    @BeforeEach
    void open() {
        backend = new CudaBackend(library, 1, 0);
    }

    @AfterEach
    void nothingIsLeft() {
        DeviceStandIns.reset();
        backend.close();
        DeviceStandIns.assertNothingIsLeft();
    }

    @ParameterizedTest(name = "{0} x {1} {2}, {3} components")
    @CsvSource({
        "40, 50, F32, 8",
        "64, 64, BF16, 64",
        "300, 260, BF16, 12",
        "200, 700, F16, 10",
        "701, 203, F32, 100",
        "512, 384, F32, 1",
        "96, 1500, BF16, 30"
    })
    void everyStepAgreesWithTheJavaBackend(int rows, int columns, DType dtype, int rank) {
        MatrixView base = noise(rows, columns, dtype, 1);
        MatrixView tuned = tuned(base, 2);
        try (Backend java = new JavaBackend();
                Session ours = backend.open();
                Session theirs = java.open();
                Delta delta = ours.subtract(tuned, base);
                Delta expected = theirs.subtract(tuned, base);
                Factors factors = ours.factorise(delta, RankRule.of(rank));
                Factors reference = theirs.factorise(expected, RankRule.of(rank))) {
            assertThat(delta.nonFinite()).isZero();
            float[] s = factors.singularValues();
            float[] t = reference.singularValues();
            assertThat(s).hasSize(t.length);
            // Single values of a bulk are not settled on either side, their energy is.
            assertThat(energy(s)).isCloseTo(energy(t), within(0.01 * energy(t)));
            assertThat(s[0]).isCloseTo(t[0], within(1e-4f * t[0]));

            FactorBlock block = everything(rows, columns, s);
            byte[] packed = new byte[(int) block.byteSize(KEY)];
            ours.pack(factors, block, KEY, MemorySegment.ofArray(packed));
            assertThat(packed).isEqualTo(packedInJava((CudaSession.CudaFactors) factors, block));

            FactorBlock javas = everything(rows, columns, t);
            byte[] javaPacked = new byte[(int) javas.byteSize(KEY)];
            theirs.pack(reference, javas, KEY, MemorySegment.ofArray(javaPacked));
            Measured found = measured(ours, delta, packed, tuned, base);
            Measured wanted = measured(theirs, expected, javaPacked, tuned, base);
            assertThat(found.errors().delta())
                    .isCloseTo(wanted.errors().delta(), within(1e-12 * wanted.errors().delta()));
            assertThat(found.errors().relative())
                    .isLessThan(1.01 * wanted.errors().relative() + 1e-3);
            assertThat(found.overflows()).isZero();
        }
    }

    private static Measured measured(
            Session session, Delta delta, byte[] packed, MatrixView tuned, MatrixView base) {
        MemorySegment block = MemorySegment.ofArray(packed);
        try (Delta decoded =
                session.unpack(
                        new PackedMatrix(block, delta.rows(), delta.columns(), KEY, "here"))) {
            return session.measure(delta, decoded, tuned, base);
        }
    }

    @ParameterizedTest(name = "{0} x {1} at {2}")
    @CsvSource({"130, 90, 8", "96, 320, 16", "64, 64, 4"})
    void aLeftFactorIsRefittedAsByTheJavaBackend(int rows, int columns, double ratio) {
        double plain = errorOf(backend, rows, columns, new DeltaMix(ratio, 10, "gaussian", false));
        double refitted = errorOf(backend, rows, columns, DeltaMix.ratio(ratio));

        assertThat(refitted).isLessThan(plain);
        try (Backend java = new JavaBackend()) {
            double expected = errorOf(java, rows, columns, DeltaMix.ratio(ratio));
            assertThat(refitted).isCloseTo(expected, within(0.01 * expected));
        }
    }

    private static double errorOf(Backend of, int rows, int columns, Method method) {
        MatrixView base = noise(rows, columns, DType.F32, 1);
        MatrixView tuned = tuned(base, 2);
        long budget = (long) (2.0 * rows * columns / method.ratio());
        try (Session session = of.open();
                Delta delta = session.subtract(tuned, base)) {
            MemorySegment block =
                    method.encode(session, List.of(delta), List.of(KEY), List.of(budget))
                            .getFirst();
            byte[] packed = block.toArray(ValueLayout.JAVA_BYTE);
            return measured(session, delta, packed, tuned, base).errors().relative();
        }
    }

    @Test
    void aBlockDecodesToTheBitsOfTheJavaBackendButForTheProduct() {
        int rows = 130;
        int columns = 70;
        MatrixView base = noise(rows, columns, DType.F32, 1);
        FactorBlock block = thinned(rows, columns, 9);
        byte[] packed = new byte[(int) block.byteSize(KEY)];
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = gaussian(arena, 9, rows, 3);
            Matrix vt = gaussian(arena, 9, columns, 4);
            block.pack(ut, vt, KEY, MemorySegment.ofArray(packed));
        }
        MatrixView ours = noise(rows, columns, DType.F32, 0);
        MatrixView theirs = noise(rows, columns, DType.F32, 0);
        try (Backend java = new JavaBackend()) {
            restore(backend, base, packed, ours);
            restore(java, base, packed, theirs);
        }
        for (int i = 0; i < rows * columns; i++) {
            float expected = Floats.get(theirs.data(), DType.F32, i);
            // Nine products, added in another order.
            assertThat(Floats.get(ours.data(), DType.F32, i))
                    .isCloseTo(expected, within(1e-5f * Math.max(1, Math.abs(expected))));
        }
    }

    @Test
    void groupsOfCodesHaveTheBytesAndTheValuesOfJava() {
        int rows = 300;
        int columns = 1260;
        MatrixView base = noise(rows, columns, DType.BF16, 1);
        MatrixView tuned = tuned(base, 2);
        try (Session session = backend.open();
                Delta delta = session.subtract(tuned, base);
                Factors factors = session.factorise(delta, RankRule.of(60))) {
            for (boolean all : new boolean[] {true, false}) {
                FactorBlock block = grouped(rows, columns, factors.singularValues(), all);
                byte[] packed = new byte[(int) block.byteSize(KEY)];
                session.pack(factors, block, KEY, MemorySegment.ofArray(packed));
                assertThat(packed)
                        .isEqualTo(packedInJava((CudaSession.CudaFactors) factors, block));
                requireValuesOfJava(packed, rows, columns);
                Measured found = measured(session, delta, packed, tuned, base);
                // Of whole components; drops make it larger, and no sum of noise is near it.
                assertThat(found.errors().relative()).isLessThan(all ? 1 : 2);
            }
        }
    }

    private static void requireValuesOfJava(byte[] packed, int rows, int columns) {
        MemorySegment bytes = MemorySegment.ofArray(packed);
        FactorBlock block = FactorBlock.readHeader(bytes, rows, columns, "here");
        try (Arena arena = Arena.ofConfined();
                Worker worker = new Worker(library, 0);
                DeviceScope scope = new DeviceScope(worker)) {
            Matrix ut = Matrix.allocate(arena, block.rank(), rows);
            Matrix vt = Matrix.allocate(arena, block.rank(), columns);
            block.unpack(bytes, KEY, ut, vt, "here");
            DeviceMatrix u = scope.matrix(DeviceMatrix.Precision.F32, rows, block.rank());
            DeviceMatrix v = scope.matrix(DeviceMatrix.Precision.F32, columns, block.rank());
            FactorValues values = new FactorValues(scope, block, KEY);
            values.require(bytes, "here");
            values.unpack(scope.upload(bytes), u.data(), v.data());
            worker.library().streamSync(scope.stream());
            assertThat(floats(u)).isEqualTo(ut.data().toArray(Matrix.LAYOUT));
            assertThat(floats(v)).isEqualTo(vt.data().toArray(Matrix.LAYOUT));
        }
    }

    /** Every width of every grid, alike and unlike on both sides. */
    private static FactorBlock grouped(int rows, int columns, float[] s, boolean all) {
        List<BitGroup> groups = new ArrayList<>();
        for (int bits = 1; bits <= 8; bits++) {
            groups.add(BitGroup.of(2, Grid.SYMMETRIC, bits));
            groups.add(new BitGroup(1, Grid.SYMMETRIC, bits, 9 - bits));
            groups.add(new BitGroup(1, Grid.SYMMETRIC, 16, bits));
        }
        for (int bits = 1; bits <= 4; bits++) {
            groups.add(BitGroup.of(1, Grid.GAUSSIAN, bits));
            groups.add(new BitGroup(1, Grid.GAUSSIAN, bits, 16));
        }
        groups.add(BitGroup.half(s.length - 40));
        long[] thresholds = new long[s.length];
        for (int c = 0; c < s.length; c++) {
            thresholds[c] = all ? MaskKey.KEEP_ALL : MaskKey.KEEP_ALL / (c % 4 + 1);
        }
        return new FactorBlock(rows, columns, 1, s, thresholds, groups, /* compact= */ true);
    }

    private static void restore(Backend backend, MatrixView base, byte[] packed, MatrixView out) {
        try (Session session = backend.open();
                Delta decoded =
                        session.unpack(
                                new PackedMatrix(
                                        MemorySegment.ofArray(packed),
                                        base.rows(),
                                        base.columns(),
                                        KEY,
                                        ""))) {
            assertThat(session.add(base, decoded, out)).isZero();
        }
    }

    @Test
    void nothingAndLowRankAreFactorised() {
        int rows = 200;
        int columns = 300;
        MatrixView base = noise(rows, columns, DType.F32, 1);
        MatrixView same = new MatrixView(base.data(), DType.F32, rows, columns);
        MatrixView three = copy(base);
        addRankOne(three, 5, 1);
        addRankOne(three, 6, 0.5);
        addRankOne(three, 7, 0.25);
        try (Session session = backend.open()) {
            try (Delta zero = session.subtract(same, base);
                    Factors factors = session.factorise(zero, RankRule.of(4))) {
                assertThat(factors.singularValues()).containsOnly(0f).hasSize(4);
                assertOrthonormal((CudaSession.CudaFactors) factors);
            }
            try (Delta delta = session.subtract(three, base);
                    Factors factors = session.factorise(delta, RankRule.of(20))) {
                float[] s = factors.singularValues();
                assertThat(s).hasSize(20);
                assertThat(s[2]).isGreaterThan(0.01f * s[0]);
                assertThat(s[3]).isLessThan(1e-4f * s[0]);
                assertOrthonormal((CudaSession.CudaFactors) factors);
            }
        }
    }

    @ParameterizedTest(name = "(i + 1)^-{2}, {0} x {1}, {3} components")
    @CsvSource({
        "300, 400, 0.3, 60",
        "300, 400, 0.3, 15",
        "400, 300, 1, 40",
        "256, 256, 0, 20",
        "300, 900, 0.7, 30",
        "500, 120, 0.3, 100",
        "512, 1400, 0.3, 102",
        "700, 900, 0.3, 140"
    })
    void errorsAreWithinOnePercentOfTheBestAndNotBelow(
            int rows, int columns, double exponent, int rank) {
        int side = Math.min(rows, columns);
        MatrixView zero =
                new MatrixView(
                        noise(rows, columns, DType.F32, 1).data().fill((byte) 0),
                        DType.F32,
                        rows,
                        columns);
        MatrixView matrix = withSpectrum(rows, columns, exponent);
        double missing = 0;
        double energy = 0;
        for (int i = side - 1; i >= 0; i--) {
            double square = Math.pow(i + 1, -2 * exponent);
            missing += i >= rank ? square : 0;
            energy += square;
        }
        try (Session session = backend.open();
                Delta delta = session.subtract(matrix, zero);
                Factors factors = session.factorise(delta, RankRule.of(rank))) {
            assertOrthonormal((CudaSession.CudaFactors) factors);
            double error = Math.sqrt(energy - energy(factors.singularValues()));
            assertThat(error / Math.sqrt(missing)).isBetween(1 - 1e-4, 1.01);
        }
    }

    @Test
    void extremeMagnitudesAreScaled() {
        for (float scale : new float[] {0x1p-120f, 0x1p80f}) {
            MatrixView base = noise(150, 160, DType.F32, 1);
            for (int i = 0; i < 150 * 160; i++) {
                Floats.set(
                        base.data(), DType.F32, i, Floats.get(base.data(), DType.F32, i) * scale);
            }
            MatrixView zero =
                    new MatrixView(Arena.ofAuto().allocate(150L * 160 * 4), DType.F32, 150, 160);
            try (Session session = backend.open();
                    Backend java = new JavaBackend();
                    Session theirs = java.open();
                    Delta delta = session.subtract(base, zero);
                    Delta expected = theirs.subtract(base, zero);
                    Factors factors = session.factorise(delta, RankRule.of(5));
                    Factors reference = theirs.factorise(expected, RankRule.of(5))) {
                assertThat(factors.singularValues()[0])
                        .isCloseTo(
                                reference.singularValues()[0],
                                within(1e-3f * reference.singularValues()[0]));
            }
        }
    }

    @Test
    void aBoundThatIsTooLowIsSaid() {
        try (Backend small = new CudaBackend(library, 1, 1 << 20);
                Session session = small.open()) {
            MatrixView base = noise(300, 300, DType.F32, 1);
            assertThatThrownBy(() -> session.subtract(base, base))
                    .isInstanceOf(DeviceOutOfMemoryException.class)
                    .hasMessageContaining("1 MB allowed; --device-memory");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RUNTIME, dp_copy_to_device, 3",
        "RUNTIME, dp_copy_to_host, 3",
        "BLAS, cublasCreate_v2, 1",
        "BLAS, cublasSetStream_v2, 1",
        "BLAS, cublasSgemm_v2, 13",
        "BLAS, cublasDsyrk_v2, 13",
        "BLAS, cublasDtrsm_v2, 13",
        "BLAS, cublasSdgmm, 13",
        "BLAS, cublasSscal_v2, 14",
        "SOLVER, cusolverDnCreate, 1",
        "SOLVER, cusolverDnSetStream, 1",
        "SOLVER, cusolverDnDpotrf, 6",
        "SOLVER, cusolverDnDpotrf_bufferSize, 3",
        "SOLVER, cusolverDnDsyevd, 7",
        "SOLVER, cusolverDnDsyevd_bufferSize, 3"
    })
    void everyFailureIsNamedAndLeavesNothingBehind(Part part, String function, int status) {
        int times = 0;
        for (int after = 0; after < 200; after = after < 6 ? after + 1 : after * 2) {
            DeviceStandIns.fail(part, function, after, status);
            try {
                factorise();
                DeviceStandIns.fail(part, null, 0, 0);
                break;
            } catch (BackendFailedException e) {
                String plain = function.replace("_v2", "");
                assertThat(e.getMessage()).contains(plain);
                times++;
            }
            DeviceStandIns.fail(part, null, 0, 0);
            assertThat(DeviceStandIns.liveBytes()).as("after %s %d", function, after).isZero();
        }
        assertThat(times).as("failures of " + function).isPositive();
        factorise();
    }

    @Test
    void whereMemoryEndsTheCallIsNamedAndNothingIsLeftBehind() {
        for (long limit = 1 << 18; limit < 8 << 20; limit += 1 << 18) {
            DeviceStandIns.limitMemory(limit);
            try {
                factorise();
            } catch (DeviceOutOfMemoryException e) {
                assertThat(e.getMessage()).containsAnyOf("dp_device_alloc", "device memory needed");
            }
            assertThat(DeviceStandIns.liveBytes()).isZero();
        }
        DeviceStandIns.limitMemory(Long.MAX_VALUE);
    }

    @Test
    void withoutConvergenceTheExactRouteIsTakenAndThenAnErrorMade() {
        DeviceStandIns.failInfo(Part.SOLVER, "cusolverDnDsyevd", 0, 7);
        factorise();
        // Both the iteration's eigenproblem and the exact one.
        DeviceStandIns.failInfo(Part.SOLVER, "cusolverDnDsyevd", 0, 7);
        DeviceStandIns.failInfo(Part.SOLVER, "cusolverDnDsyevd", 1, 7);
        assertThatThrownBy(this::factorise)
                .isInstanceOf(BackendFailedException.class)
                .hasMessageContaining("cusolverDnDsyevd")
                .hasMessageContaining("did not converge");
    }

    /** A whole tensor's work. */
    private void factorise() {
        int rows = 150;
        int columns = 220;
        MatrixView base = noise(rows, columns, DType.BF16, 1);
        MatrixView tuned = tuned(base, 2);
        try (Session session = backend.open();
                Delta delta = session.subtract(tuned, base);
                Factors factors = session.factorise(delta, RankRule.of(6))) {
            FactorBlock block = everything(rows, columns, factors.singularValues());
            byte[] packed = new byte[(int) block.byteSize(KEY)];
            session.pack(factors, block, KEY, MemorySegment.ofArray(packed));
            measured(session, delta, packed, tuned, base);
        }
    }

    private static byte[] packedInJava(CudaSession.CudaFactors factors, FactorBlock block) {
        try (Arena arena = Arena.ofConfined()) {
            DeviceMatrix u = factors.ut();
            DeviceMatrix v = factors.vt();
            Matrix ut =
                    Matrix.copyOf(
                            arena, /* rows= */ u.columns(), /* columns= */ u.rows(), floats(u));
            Matrix vt =
                    Matrix.copyOf(
                            arena, /* rows= */ v.columns(), /* columns= */ v.rows(), floats(v));
            byte[] packed = new byte[(int) block.byteSize(KEY)];
            block.pack(ut, vt, KEY, MemorySegment.ofArray(packed));
            return packed;
        }
    }

    private static FactorBlock thinned(int rows, int columns, int rank) {
        float[] s = new float[rank];
        long[] thresholds = new long[rank];
        for (int c = 0; c < rank; c++) {
            s[c] = 1f / (c + 1);
            thresholds[c] = MaskKey.KEEP_ALL / (c + 1);
        }
        return new FactorBlock(rows, columns, 1.5f, s, thresholds);
    }

    private static Matrix gaussian(Arena arena, int rows, int columns, long seed) {
        MatrixView view = noise(rows, columns, DType.F32, seed);
        return Matrix.copyOf(arena, rows, columns, view.data().toArray(ValueLayout.JAVA_FLOAT));
    }
}
