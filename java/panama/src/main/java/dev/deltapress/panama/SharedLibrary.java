package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;

/**
 * Somebody else's library, loaded until the JVM ends. What is loaded after it and needs its soname
 * gets this one, wherever another may lie.
 */
public final class SharedLibrary {
    private final Path file;
    private final SymbolLookup symbols;

    private SharedLibrary(Path file, SymbolLookup symbols) {
        this.file = file;
        this.symbols = symbols;
    }

    /**
     * Loads a file. Its functions are bound when they are first called, and are visible to those
     * libraries alone that need it.
     *
     * @throws LibraryUnavailableException naming the file, with what the system's loader says
     */
    public static SharedLibrary open(Path file) {
        try {
            return new SharedLibrary(file, NativeLibrary.lookup(file));
        } catch (LibraryUnavailableException e) {
            throw NativeLibrary.naming(file, e);
        }
    }

    /**
     * Calls a function {@code int function(int which, int *value)} that returns 0 if all is well.
     *
     * @return the value
     * @throws LibraryUnavailableException if the library has no such function
     * @throws NativeCallException if the function returns another status
     */
    public int property(String function, int which) {
        NativeFunction call = find(function, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
        int status;
        int result;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            status = (int) call.handle().invokeExact(which, value);
            result = value.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw DeltaPressNative.unexpected(t);
        }
        if (status != 0) {
            throw new NativeCallException(function, status, "property " + which);
        }
        return result;
    }

    private NativeFunction find(String function, FunctionDescriptor descriptor) {
        try {
            return new NativeFunction(symbols, function, descriptor);
        } catch (LibraryUnavailableException e) {
            throw NativeLibrary.naming(file, e);
        }
    }
}
