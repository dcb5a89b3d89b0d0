import java.nio.file.Path;

/**
 * Builds the stand-ins of NVIDIA's libraries that tests of the cuda backend run on. Where CMake or
 * a C++ compiler is missing one line says so, and those tests are skipped.
 *
 * <p>Arguments: folder of the sources, folder to build in.
 */
final class StandInBuild {
    private StandInBuild() {}

    public static void main(String[] args) throws Exception {
        CMake cmake = new CMake(Path.of(args[0]), Path.of(args[1]));
        String missing = cmake.missing();
        if (missing != null) {
            System.out.println("stand-ins of NVIDIA's libraries are left out: " + missing);
            return;
        }
        if (!cmake.isConfigured()) {
            cmake.configure();
        }
        cmake.build();
    }
}
