package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.BackendFailedException;
import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.ServedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.DeviceStandIns.Part;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.DeviceOutOfMemoryException;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Restoring and applying on the device, on stand-ins of NVIDIA's libraries. */
class CudaServingTest {
    private static DeltaPressNative library;
    private Backend backend;

    @BeforeAll
    static void load() {
        library = DeviceStandIns.library();
    }

    @BeforeEach
    void open() {
        DeviceStandIns.reset();
        backend = new CudaBackend(library, 1, 0);
    }

    @AfterEach
    void nothingIsLeft() {
        DeviceStandIns.reset();
        DeviceStandIns.limitMemory(Long.MAX_VALUE);
        backend.close();
        DeviceStandIns.assertNothingIsLeft();
    }

    @ParameterizedTest(name = "{0} x {1} {2}, rank {3}, {4} kept")
    @CsvSource({
        "64, 64, F32, 7, 0.6",
        "131, 401, BF16, 33, 0.9",
        "200, 70, F16, 1, 1",
        "70, 200, F32, 0, 1",
        "65, 1100, BF16, 20, 0.05"
    })
    void restoresTheBitsOfTheJavaBackendAndAppliesWhatItRestores(
            int rows, int columns, DType dtype, int rank, double keep) {
        try (ServedMatrix matrix = new ServedMatrix(dtype, rows, columns, rank, keep);
                Session session = backend.open()) {
            matrix.checkRestore(session, DType.F32);
            for (DType narrow : new DType[] {DType.F16, DType.BF16}) {
                if (keep < DeviceRestore.SPARSE_SHARE) {
                    matrix.checkRestoreBut(session, narrow);
                } else {
                    matrix.checkRestore(session, narrow);
                }
            }
            for (int batch : new int[] {1, 2, 16, 19}) {
                matrix.checkApply(backend, batch, true);
                matrix.checkApply(backend, batch, false);
            }
            matrix.checkDamage(session, backend);
        }
    }

    @Test
    void veryThinFactorsAreMultipliedByCuSparse() {
        try (ServedMatrix matrix = new ServedMatrix(DType.BF16, 96, 80, 12, 0.05);
                Session session = backend.open()) {
            matrix.checkRestoreBut(session, DType.BF16);
            assertThat(DeviceStandIns.calls(Part.SPARSE, "cusparseSpMM")).isEqualTo(1);
            matrix.checkRestore(session, DType.F32);
            assertThat(DeviceStandIns.calls(Part.SPARSE, "cusparseSpMM")).isEqualTo(1);
        }
    }

    @Test
    void damageIsFoundBeforeTheDeviceIsAskedForAnything() {
        try (ServedMatrix matrix = new ServedMatrix(DType.F32, 64, 64, 3, 0.5);
                Session session = backend.open()) {
            DeviceStandIns.fail(Part.RUNTIME, "dp_copy_to_device", 0, 3);
            DeviceStandIns.fail(Part.RUNTIME, "dp_device_alloc", 0, 2);
            matrix.checkDamage(session, backend);
        }
    }

    @Test
    void vectorsMayLieOnTheDevice() {
        try (ServedMatrix matrix = new ServedMatrix(DType.F32, 64, 80, 5, 1);
                Weights weights = backend.weights(matrix.base());
                DeltaOperator operator = backend.operator(matrix.packed());
                DeviceBuffer x = new DeviceBuffer(library, 0, 2 * 80 * Float.BYTES);
                DeviceBuffer y = new DeviceBuffer(library, 0, 2 * 64 * Float.BYTES);
                Arena arena = Arena.ofConfined()) {
            // The stand-in's device memory is the host's.
            float[] vectors = new float[2 * 80];
            for (int i = 0; i < vectors.length; i++) {
                vectors[i] = i % 7 - 3;
            }
            MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_FLOAT, vectors);
            MemorySegment out = arena.allocate(y.byteSize(), 4);
            operator.apply(weights, in, 2, out);

            MemorySegment.ofAddress(x.address().address()).reinterpret(x.byteSize()).copyFrom(in);
            operator.apply(weights, x.address(), 2, y.address());

            MemorySegment found =
                    MemorySegment.ofAddress(y.address().address()).reinterpret(y.byteSize());
            assertThat(found.mismatch(out)).isEqualTo(-1);
        }
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "RUNTIME, dp_device_alloc, 3",
        "RUNTIME, dp_copy_to_device, 3",
        "RUNTIME, dp_copy_to_host, 3",
        "BLAS, cublasSgemm_v2, 13",
        "SPARSE, cusparseCreate, 1",
        "SPARSE, cusparseSetStream, 3",
        "SPARSE, cusparseCreateCsr, 2",
        "SPARSE, cusparseCreateDnMat, 2",
        "SPARSE, cusparseSpMM_bufferSize, 3",
        "SPARSE, cusparseSpMM, 6"
    })
    void failuresNameTheCallAndLeaveNothingBehind(Part part, String function, int status) {
        int times = 0;
        try (ServedMatrix matrix = new ServedMatrix(DType.BF16, 64, 70, 6, 0.05)) {
            for (int after = 0; ; after++) {
                DeviceStandIns.fail(part, function, after, status);
                boolean failed = fails(matrix, function);
                DeviceStandIns.reset();
                assertThat(DeviceStandIns.liveBytes()).as("after %s %d", function, after).isZero();
                if (!failed) {
                    break;
                }
                times++;
            }
        }
        assertThat(times).as("failures of " + function).isPositive();
    }

    /** Restores and applies with a backend of its own. */
    private static boolean fails(ServedMatrix matrix, String function) {
        try (Backend own = new CudaBackend(library, 1, 0)) {
            try (Session session = own.open()) {
                matrix.checkRestoreBut(session, DType.F16);
            }
            matrix.checkApply(own, 3, true);
            return false;
        } catch (BackendFailedException e) {
            assertThat(e.getMessage()).contains(function.replace("_v2", ""));
            return true;
        }
    }

    @Test
    void whatDoesNotFitTheAllowedMemoryIsRefusedAndGivenBackWhereItDoes() {
        try (Backend small = new CudaBackend(library, 1, 100_000);
                ServedMatrix matrix = new ServedMatrix(DType.F32, 128, 128, 4, 1)) {
            for (int i = 0; i < 3; i++) {
                try (Weights weights = small.weights(matrix.base())) {
                    assertThat(weights.rows()).isEqualTo(128);
                    assertThatThrownBy(() -> small.weights(matrix.base()))
                            .isInstanceOf(DeviceOutOfMemoryException.class)
                            .hasMessageContaining("65536 bytes of device memory needed");
                }
            }
        }
    }
}
