package dev.deltapress.cuda;

import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcusolver.JCusolverDn;
import jcuda.jcusolver.cusolverDnHandle;
import jcuda.jcusparse.JCusparse;
import jcuda.jcusparse.cusparseHandle;

import java.io.File;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Loads the libraries in a JVM of its own, as a JVM can do it once, and calls them. */
final class LoadMain {
    /** The system property that asks for a second time, in a class loader of its own. */
    static final String TWICE = "deltapress.test.twice";

    private LoadMain() {}

    public static void main(String[] args) throws Exception {
        load();
        if (Boolean.getBoolean(TWICE)) {
            System.clearProperty(TWICE);
            try (var other =
                    new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
                Method main =
                        other.loadClass(LoadMain.class.getName())
                                .getDeclaredMethod("main", String[].class);
                main.setAccessible(true);
                main.invoke(null, (Object) args);
            }
        }
    }

    private static URL[] classPath() throws MalformedURLException {
        String[] paths = System.getProperty("java.class.path").split(File.pathSeparator, -1);
        URL[] urls = new URL[paths.length];
        for (int i = 0; i < paths.length; i++) {
            urls[i] = Path.of(paths[i]).toUri().toURL();
        }
        return urls;
    }

    private static void load() {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        String temporaryFolder = System.getProperty("java.io.tmpdir");
        CudaLibraries libraries = CudaLibraries.present();
        if (!System.getProperty("java.io.tmpdir").equals(temporaryFolder)) {
            throw new IllegalStateException("java.io.tmpdir is not restored");
        }
        if (!libraries.isAvailable()) {
            out.println("not available: " + libraries.whyNot());
            return;
        }
        out.println(libraries.description());
        for (CudaLibraries.Found found : libraries.found()) {
            out.println(found.name() + " is " + found.file() + " " + found.version());
        }
        createAndDestroy();
        out.println("created and destroyed");
        out.println("refused: status " + JCublas2.cublasDestroy(new cublasHandle()));
    }

    private static void createAndDestroy() {
        cublasHandle blas = new cublasHandle();
        require(JCublas2.cublasCreate(blas));
        require(JCublas2.cublasDestroy(blas));
        cusparseHandle sparse = new cusparseHandle();
        require(JCusparse.cusparseCreate(sparse));
        require(JCusparse.cusparseDestroy(sparse));
        cusolverDnHandle solver = new cusolverDnHandle();
        require(JCusolverDn.cusolverDnCreate(solver));
        require(JCusolverDn.cusolverDnDestroy(solver));
    }

    private static void require(int status) {
        if (status != 0) {
            throw new IllegalStateException("status " + status);
        }
    }
}
