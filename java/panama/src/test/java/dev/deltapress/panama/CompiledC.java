package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Small shared libraries, compiled on the spot. */
final class CompiledC {
    private static final Pattern DECLARED = Pattern.compile("DP_API [^;]*?(dp_\\w+)\\(");

    private CompiledC() {}

    /** Compiles a shared library; skips the test where no C compiler is. */
    static Path library(Path folder, String name, String source, String... options)
            throws IOException, InterruptedException {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(p -> Files.isExecutable(Path.of(p, "cc"))),
                "no C compiler here");
        Path file = Files.writeString(folder.resolve(name + ".c"), source);
        Path library = folder.resolve("lib" + name + ".so");
        List<String> command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-o"));
        command.addAll(List.of(library.toString(), file.toString()));
        command.addAll(Arrays.asList(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return library;
    }

    /** A library with every function of the header, all of which return that status. */
    static String imitation(int abi, String flavour, int status) throws IOException {
        StringBuilder source = new StringBuilder();
        source.append("int dp_abi_version(void) { return %d; }\n".formatted(abi));
        source.append("const char *dp_flavour(void) { return \"%s\"; }\n".formatted(flavour));
        source.append("const char *dp_status_name(int s) { return \"a status\"; }\n");
        source.append("const char *dp_last_error(void) { return \"it is broken\"; }\n");
        for (String name : functions()) {
            if (!source.toString().contains(" *" + name + "(")
                    && !source.toString().contains(" " + name + "(")) {
                source.append("int %s(void) { return %d; }\n".formatted(name, status));
            }
        }
        return source.toString();
    }

    private static Set<String> functions() throws IOException {
        Path header = Path.of(System.getProperty("deltapress.root"), "native/include/deltapress.h");
        Set<String> names = new TreeSet<>();
        var matcher = DECLARED.matcher(Files.readString(header));
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        assertThat(names).hasSizeGreaterThan(30);
        return names;
    }
}
