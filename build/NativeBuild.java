import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

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

    private final Path work;
    private final Path results;
    private final CMake cmake;

    private NativeBuild(Path sources, Path work, Path results) {
        this.work = work;
        this.results = results;
        this.cmake = new CMake(sources, work);
    }

    public static void main(String[] args) throws Exception {
        NativeBuild build =
                new NativeBuild(
                        Path.of(args[0]),
                        Path.of(args[1]),
                        Path.of(args[2]).resolve(CMake.platform()));
        Files.createDirectories(build.results);
        String missing = args[3].equals("NONE") ? "the build was told to" : build.cmake.missing();
        if (missing != null) {
            build.leaveOut(HOST, missing);
            build.leaveOut(CUDA, missing);
            say("libdeltapress is left out, so the backends are Java alone: " + missing);
        } else {
            build.build(args[3]);
        }
    }

    private void build(String cuda) throws Exception {
        if (!cmake.isConfigured() || !wasConfiguredFor(cuda)) {
            cmake.configure("-DDELTAPRESS_CUDA=" + cuda);
        }
        boolean hasCuda =
                Files.readAllLines(cmake.cache()).stream()
                        .anyMatch(
                                line ->
                                        line.startsWith("CMAKE_CUDA_COMPILER:")
                                                && !line.endsWith("NOTFOUND"));
        cmake.build(
                hasCuda
                        ? new String[] {"deltapress", "deltapress_cuda"}
                        : new String[] {"deltapress"});
        take(HOST);
        if (hasCuda) {
            take(CUDA);
        } else {
            String why = cuda.equals("OFF") ? "the build was told to" : "no nvcc was found";
            leaveOut(CUDA, why);
            say("the CUDA flavour of libdeltapress is left out: " + why);
        }
    }

    /** Whether CMake was last run with this choice. */
    private boolean wasConfiguredFor(String cuda) throws IOException {
        return Files.readAllLines(cmake.cache()).stream()
                .anyMatch(l -> l.startsWith("DELTAPRESS_CUDA:") && l.endsWith("=" + cuda));
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

    private static void say(String line) {
        System.out.println(line);
    }
}
