package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;

/** What the system's loader says of a library, which Java keeps to itself. */
final class SystemLoader {
    /** Resolves everything at once, so that whatever is missing shows. */
    private static final int RTLD_NOW = 2;

    private SystemLoader() {}

    /** Why a file that Java could not load does not load; null if the system cannot be asked. */
    static @Nullable String whyNot(Path file) {
        SymbolLookup system = Linker.nativeLinker().defaultLookup();
        if (system.find("dlopen").isEmpty() || system.find("dlerror").isEmpty()) {
            return null;
        }
        var open =
                new NativeFunction(
                        system, "dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        var error =
                new NativeFunction(system, "dlerror", FunctionDescriptor.of(NativeFunction.TEXT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(file.toString());
            MemorySegment opened = (MemorySegment) open.handle().invokeExact(name, RTLD_NOW);
            MemorySegment text = (MemorySegment) error.handle().invokeExact();
            boolean failed = opened.address() == 0 && text.address() != 0;
            return failed ? text.getString(0) : null;
        } catch (Throwable t) {
            throw DeltaPressNative.unexpected(t);
        }
    }
}
