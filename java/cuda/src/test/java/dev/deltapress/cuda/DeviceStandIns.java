package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.Flavour;
import dev.deltapress.panama.NativeLibrary;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The host stand-ins of NVIDIA's libraries and of libdeltapress's CUDA flavour (tests/standins), as
 * this JVM's CUDA 13.
 */
final class DeviceStandIns {
    private static final Path FOLDER = Path.of(System.getProperty("deltapress.standins"));
    private static final Path RUNTIME = FOLDER.resolve("libdeltapress_standin.so");

    private DeviceStandIns() {}

    /** Which library a call belongs to. */
    enum Part {
        RUNTIME(DeviceStandIns.RUNTIME),
        BLAS(FOLDER.resolve("cuda13/libcublas.so.13")),
        SOLVER(FOLDER.resolve("cuda13/libcusolver.so.12")),
        SPARSE(FOLDER.resolve("cuda13/libcusparse.so.12"));

        private final Path file;

        Part(Path file) {
            this.file = file;
        }
    }

    /** Loads them once; skips the test where no compiler made them. */
    static DeltaPressNative library() {
        assumeTrue(Files.exists(RUNTIME), "no stand-ins: no CMake or C++ compiler here");
        System.setProperty(Flavour.CUDA.property(), RUNTIME.toString());
        System.setProperty("deltapress.cuda.path", FOLDER.resolve("cuda13").toString());
        CudaLibraries libraries = CudaLibraries.present();
        assertThat(libraries.isAvailable()).as(libraries.whyNot()).isTrue();
        return NativeLibrary.of(Flavour.CUDA).functions();
    }

    /** Lets a call fail after so many that do not; null: none from now on. */
    static void fail(Part part, @Nullable String function, int after, int status) {
        call(part, "standin_fail", function, after, status);
    }

    /** Lets a factorisation not converge. */
    static void failInfo(Part part, @Nullable String function, int after, int info) {
        call(part, "standin_fail_info", function, after, info);
    }

    private static void call(
            Part part, String name, @Nullable String function, int after, int number) {
        MethodHandle handle =
                handle(
                        part,
                        name,
                        FunctionDescriptor.ofVoid(
                                ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text =
                    function == null ? MemorySegment.NULL : arena.allocateFrom(function);
            handle.invokeExact(text, after, number);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The most device memory there is. */
    static void limitMemory(long bytes) {
        FunctionDescriptor descriptor = FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG);
        try {
            handle(Part.RUNTIME, "standin_memory_limit", descriptor).invokeExact(bytes);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A number that the stand-ins keep. */
    static long count(Part part, String name) {
        try {
            return (long)
                    handle(part, name, FunctionDescriptor.of(ValueLayout.JAVA_LONG)).invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes of the device that were not freed. */
    static long liveBytes() {
        return count(Part.RUNTIME, "standin_live_bytes");
    }

    private static MethodHandle handle(Part part, String name, FunctionDescriptor descriptor) {
        SymbolLookup library = SymbolLookup.libraryLookup(part.file, Arena.global());
        return Linker.nativeLinker().downcallHandle(library.find(name).orElseThrow(), descriptor);
    }
}
