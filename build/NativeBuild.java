import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Builds libdeltapress with CMake and puts it, with its SHA-256 beside it, where it goes into the
 * jar. Where something that it needs is not installed, a file says so instead, and so does one
 * line: the Java backend needs none of it.
 *
 * <p>Arguments: folder of the native sources, folder to build in, folder for the results, and AUTO,
 * ON or OFF for the CUDA flavour, or NONE for no library at all.
 */
final class NativeBuild {
    private static final String HOST = "libdeltapress.so";
    private static final String CUDA = "libdeltapress_cuda.so";

    /** Compilers take much memory. */
    private static final String JOBS = "2";

    private final Path sources;
    private final Path work;
    private final Path results;

    private NativeBuild(Path sources, Path work, Path results) {
        this.sources = sources;
        this.work = work;
        this.results = results;
    }

    public static void main(String[] args) throws Exception {
        NativeBuild build =
                new NativeBuild(
                        Path.of(args[0]).toAbsolutePath().normalize(),
                        Path.of(args[1]),
                        Path.of(args[2]).resolve(platform()));
        Files.createDirectories(build.results);
        String missing = build.missing(args[3]);
        if (missing != null) {
            build.leaveOut(HOST, missing);
            build.leaveOut(CUDA, missing);
            say("libdeltapress is left out, so the backends are Java alone: " + missing);
        } else {
            build.build(args[3]);
        }
    }

    private String missing(String cuda) {
        if (cuda.equals("NONE")) {
            return "the build was told to";
        }
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

    private void build(String cuda) throws Exception {
        Files.createDirectories(work);
        Path cache = work.resolve("CMakeCache.txt");
        String option = "-DDELTAPRESS_CUDA=" + cuda;
        if (!Files.exists(cache) || !contains(cache, sources + "\n", option.substring(2), cuda)) {
            Files.deleteIfExists(cache);
            List<String> command = new ArrayList<>(List.of("cmake", "-S", sources.toString()));
            command.addAll(List.of("-B", work.toString(), option));
            command.add("-DCMAKE_BUILD_TYPE=Release");
            if (!installed("make")) {
                command.addAll(List.of("-G", "Ninja"));
            }
            run(command);
        }
        boolean hasCuda =
                Files.readAllLines(cache).stream()
                        .anyMatch(
                                line ->
                                        line.startsWith("CMAKE_CUDA_COMPILER:")
                                                && !line.endsWith("NOTFOUND"));
        List<String> command = new ArrayList<>(List.of("cmake", "--build", work.toString()));
        command.addAll(List.of("--parallel", JOBS, "--target", "deltapress"));
        if (hasCuda) {
            command.add("deltapress_cuda");
        }
        run(command);
        take(HOST);
        if (hasCuda) {
            take(CUDA);
        } else {
            String why = cuda.equals("OFF") ? "the build was told to" : "no nvcc was found";
            leaveOut(CUDA, why);
            say("the CUDA flavour of libdeltapress is left out: " + why);
        }
    }

    /** Whether CMake was last run on these sources and with this choice. */
    private static boolean contains(Path cache, String sources, String option, String choice)
            throws IOException {
        String text = Files.readString(cache);
        String name = option.substring(0, option.indexOf('='));
        return text.contains("HOME_DIRECTORY:INTERNAL=" + sources)
                && text.lines().anyMatch(l -> l.startsWith(name + ":") && l.endsWith("=" + choice));
    }

    private void take(String name) throws Exception {
        byte[] library = Files.readAllBytes(work.resolve(name));
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(library);
        write(name, library);
        write(name + ".sha256", text(HexFormat.of().formatHex(hash)));
        Files.deleteIfExists(results.resolve(name + ".absent"));
    }

    private void leaveOut(String name, String why) throws IOException {
        Files.deleteIfExists(results.resolve(name));
        Files.deleteIfExists(results.resolve(name + ".sha256"));
        write(name + ".absent", text(name + " is not part of this build: " + why));
    }

    /** Leaves a file alone that is right, so that nothing is built anew for it. */
    private void write(String name, byte[] content) throws IOException {
        Path file = results.resolve(name);
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
            Files.write(file, content);
        }
    }

    private static byte[] text(String line) {
        return (line + "\n").getBytes(StandardCharsets.UTF_8);
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
    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase().replace(' ', '_');
        String machine = System.getProperty("os.arch");
        return system + "-" + (machine.equals("amd64") ? "x86_64" : machine);
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
