package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * A C function of a loaded library. The way to call it is made at the first call, since making one
 * takes milliseconds and most runs need few. For any number of threads.
 */
final class NativeFunction {
    /** A C string: the end is where the 0 is. */
    static final AddressLayout TEXT =
            ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(Long.MAX_VALUE, JAVA_BYTE));

    private static final Linker LINKER = Linker.nativeLinker();

    private final String name;
    private final MemorySegment address;
    private final FunctionDescriptor descriptor;
    private volatile @Nullable MethodHandle handle;

    /**
     * @throws LibraryUnavailableException if the library has no such function
     */
    NativeFunction(SymbolLookup library, String name, FunctionDescriptor descriptor) {
        this.name = name;
        this.descriptor = descriptor;
        this.address =
                library.find(name)
                        .orElseThrow(
                                () ->
                                        new LibraryUnavailableException(
                                                "the library has no function " + name));
    }

    String name() {
        return name;
    }

    /** Takes the types of the descriptor exactly. */
    MethodHandle handle() {
        MethodHandle made = handle;
        return made != null ? made : make();
    }

    private synchronized MethodHandle make() {
        if (handle == null) {
            handle = LINKER.downcallHandle(address, descriptor);
        }
        return handle;
    }
}
