import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs CMake in a folder, where it is installed. */
final class CMake {
    /** Compilers take much memory. */
    private static final String JOBS = "2";

    private final Path sources;
    private final Path work;

    /**
     * @param sources folder with a CMakeLists.txt
     * @param work folder to build in
     */
    CMake(Path sources, Path work) {
        this.sources = sources.toAbsolutePath().normalize();
        this.work = work;
    }

    /** What a build needs and this machine lacks, in one line; null if nothing. */
    String missing() {
        if (!platform().startsWith("linux-")) {
            return "it is built on Linux only";
        }
        if (!Files.exists(sources.resolve("CMakeLists.txt"))) {
            return "its sources are not there";
        }
        if (!installed("cmake")) {
            return "CMake was not installed when this was built";
        }
        String named = System.getenv("CXX");
        if (named == null && !installed("c++") && !installed("g++") && !installed("clang++")) {
            return "no C++ compiler was installed when this was built";
        }
        if (!installed("make") && !installed("ninja")) {
            return "neither make nor Ninja was installed when this was built";
        }
        return null;
    }

    /** CMake's answers from earlier runs. */
    Path cache() {
        return work.resolve("CMakeCache.txt");
    }

    /** Whether CMake was last run on these sources. */
    boolean isConfigured() throws Exception {
        return Files.exists(cache())
                && Files.readString(cache()).contains("HOME_DIRECTORY:INTERNAL=" + sources + "\n");
    }

    /** Configures anew. */
    void configure(String... options) throws Exception {
        Files.createDirectories(work);
        Files.deleteIfExists(cache());
        List<String> command = new ArrayList<>(List.of("cmake", "-S", sources.toString()));
        command.addAll(List.of("-B", work.toString(), "-DCMAKE_BUILD_TYPE=Release"));
        command.addAll(List.of(options));
        if (!installed("make")) {
            command.addAll(List.of("-G", "Ninja"));
        }
        run(command);
    }

    /** Builds targets, or all. */
    void build(String... targets) throws Exception {
        List<String> command = new ArrayList<>(List.of("cmake", "--build", work.toString()));
        command.addAll(List.of("--parallel", JOBS));
        if (targets.length > 0) {
            command.add("--target");
            command.addAll(List.of(targets));
        }
        run(command);
    }

    private void run(List<String> command) throws Exception {
        Path log = work.resolve("build.log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        if (process.waitFor() != 0) {
            System.err.println(Files.readString(log));
            System.err.println("failed: " + String.join(" ", command));
            System.exit(1);
        }
    }

    private static boolean installed(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** As in "linux-x86_64"; the loader looks for the same. */
    static String platform() {
        String system = System.getProperty("os.name").toLowerCase().replace(' ', '_');
        String machine = System.getProperty("os.arch");
        return system + "-" + (machine.equals("amd64") ? "x86_64" : machine);
    }
}
