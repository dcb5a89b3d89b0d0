package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the system's loader knows of a library and Java keeps to itself. */
public final class SystemLoader {
    private static final int RTLD_LAZY = 1;

    /** Resolves everything at once, so that whatever is missing shows. */
    private static final int RTLD_NOW = 2;

    private static final int RTLD_DI_LINKMAP = 2;

    /** A pointer to the start of {@code struct link_map}: l_addr, then l_name, the file's path. */
    private static final AddressLayout LINK_MAP =
            ADDRESS.withTargetLayout(MemoryLayout.structLayout(ADDRESS, ADDRESS));

    private static final SymbolLookup SYSTEM = Linker.nativeLinker().defaultLookup();

    private SystemLoader() {}

    /** Why a file that Java could not load does not load; null if the system cannot be asked. */
    public static @Nullable String whyNot(Path file) {
        if (!has("dlopen", "dlerror")) {
            return null;
        }
        NativeFunction dlerror = dlerror();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment opened = open(arena, file.toString(), RTLD_NOW);
            return opened.address() == 0 ? text(dlerror) : null;
        } catch (Throwable t) {
            throw DeltaPressNative.unexpected(t);
        }
    }

    /**
     * The file that the loader itself takes for a name: from {@code LD_LIBRARY_PATH}, its cache,
     * and the system's folders. A library that is found is loaded, and stays until the JVM ends.
     *
     * @param soname such as "libcublas.so.13"
     * @return null if it finds none, or cannot be asked
     * @throws LibraryUnavailableException if it finds one that does not load, with what it says
     */
    public static @Nullable Path find(String soname) {
        if (!has("dlopen", "dlerror", "dlinfo")) {
            return null;
        }
        NativeFunction dlerror = dlerror();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment opened = open(arena, soname, RTLD_LAZY);
            if (opened.address() == 0) {
                requireNotFound(soname, text(dlerror));
                return null;
            }
            return path(arena, opened);
        } catch (Throwable t) {
            throw DeltaPressNative.unexpected(t);
        }
    }

    /** The text is in the user's language, but starts with the name of what is missing. */
    private static void requireNotFound(String soname, @Nullable String error) {
        if (error != null && !error.startsWith(soname + ":")) {
            throw new LibraryUnavailableException(
                    "%s, which the system's loader finds, does not load: %s"
                            .formatted(soname, error));
        }
    }

    private static boolean has(String... functions) {
        return Stream.of(functions).allMatch(name -> SYSTEM.find(name).isPresent());
    }

    private static MemorySegment open(Arena arena, String name, int mode) throws Throwable {
        var open =
                new NativeFunction(
                        SYSTEM, "dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        return (MemorySegment) open.handle().invokeExact(arena.allocateFrom(name), mode);
    }

    /** To be made before the call that fails: to look it up ends what there is to tell. */
    private static NativeFunction dlerror() {
        return new NativeFunction(SYSTEM, "dlerror", FunctionDescriptor.of(NativeFunction.TEXT));
    }

    private static @Nullable String text(NativeFunction dlerror) throws Throwable {
        MemorySegment text = (MemorySegment) dlerror.handle().invokeExact();
        return text.address() == 0 ? null : text.getString(0);
    }

    private static @Nullable Path path(Arena arena, MemorySegment opened) throws Throwable {
        var info =
                new NativeFunction(
                        SYSTEM,
                        "dlinfo",
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
        MemorySegment out = arena.allocate(LINK_MAP);
        int status = (int) info.handle().invokeExact(opened, RTLD_DI_LINKMAP, out);
        if (status != 0) {
            return null;
        }
        MemorySegment map = out.get(LINK_MAP, 0);
        MemorySegment name = map.get(NativeFunction.TEXT, ADDRESS.byteSize());
        return Path.of(name.getString(0)).toAbsolutePath();
    }
}
