package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Vector kernels of every width on one machine: the class, loaded once per width. */
final class VectorWidths {

    private VectorWidths() {}

    static List<Kernels> all() {
        return all(Team.alone());
    }

    static List<Kernels> all(Team team) {
        return IntStream.of(128, 256, 512).mapToObj(bits -> kernels(bits, team)).toList();
    }

    private static Kernels kernels(int bits, Team team) {
        System.setProperty(VectorKernels.WIDTH_PROPERTY, String.valueOf(bits));
        try {
            var constructor =
                    new OwnCopies()
                            .loadClass(VectorKernels.class.getName())
                            .getDeclaredConstructor(Team.class);
            constructor.setAccessible(true);
            return (Kernels) constructor.newInstance(team);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        } finally {
            System.clearProperty(VectorKernels.WIDTH_PROPERTY);
        }
    }

    /** Defines the classes of the package anew, but for those that its callers share with it. */
    private static final class OwnCopies extends ClassLoader {

        private static final String PACKAGE = VectorKernels.class.getPackageName() + ".";
        private static final Set<String> SHARED =
                Set.of(
                        Kernels.class.getName(),
                        Matrix.class.getName(),
                        SparseProduct.class.getName());

        OwnCopies() {
            super(VectorKernels.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(PACKAGE) || SHARED.contains(name)) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (file == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = file.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
