package dev.deltapress.cuda;

import org.jspecify.annotations.Nullable;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where NVIDIA's libraries are looked for.
 *
 * @param beforeLoader folders that somebody named
 * @param askLoader whether the system's loader is asked next
 * @param afterLoader folders where toolkits and Python packages put them; those that exist
 */
record CudaFolders(List<Path> beforeLoader, boolean askLoader, List<Path> afterLoader) {
    /**
     * The system property that lists folders, separated as in a path; no others are looked into.
     */
    static final String PROPERTY = "deltapress.cuda.path";

    private static final Pattern TOOLKIT = Pattern.compile("cuda-(\\d+)(?:\\.(\\d+))?");

    /** Under {@code site-packages}: of NVIDIA's packages for CUDA 13, and of those for 12. */
    private static final List<String> PACKAGES =
            List.of(
                    "nvidia/cu13/lib",
                    "nvidia/cublas/lib",
                    "nvidia/cusolver/lib",
                    "nvidia/cusparse/lib");

    /** As the system properties and the environment of this process say. */
    static CudaFolders present() {
        return of(System.getProperty(PROPERTY), System.getenv(), Path.of("/"));
    }

    /**
     * @param named value of {@link #PROPERTY}; null if it is not set
     * @param environment names to values
     * @param root under which {@code usr/local} is
     */
    static CudaFolders of(@Nullable String named, Map<String, String> environment, Path root) {
        if (named != null) {
            return new CudaFolders(paths(named), false, List.of());
        }
        List<Path> homes =
                Stream.of("CUDA_HOME", "CUDA_PATH")
                        .flatMap(name -> paths(environment.getOrDefault(name, "")).stream())
                        .flatMap(home -> Stream.of(home.resolve("lib64"), home.resolve("lib")))
                        .toList();
        Path local = root.resolve("usr/local");
        List<Path> installed = new ArrayList<>(toolkits(local));
        installed.addAll(pythonPackages(pythonPrefixes(environment, local)));
        return new CudaFolders(homes, true, installed);
    }

    private static List<Path> paths(String list) {
        return Arrays.stream(list.split(File.pathSeparator))
                .filter(path -> !path.isBlank())
                .map(path -> Path.of(path).toAbsolutePath())
                .toList();
    }

    /** The default toolkit, then the others, the newest first. */
    private static List<Path> toolkits(Path local) {
        List<Path> homes = new ArrayList<>(List.of(local.resolve("cuda")));
        children(local).stream()
                .filter(home -> version(home) > 0)
                .sorted(Comparator.comparingLong(CudaFolders::version).reversed())
                .forEach(homes::add);
        return homes.stream()
                .map(home -> home.resolve("lib64"))
                .filter(Files::isDirectory)
                .toList();
    }

    /** Greater for a newer toolkit; 0 for other folders. */
    private static long version(Path home) {
        Matcher matcher = TOOLKIT.matcher(home.getFileName().toString());
        if (!matcher.matches()) {
            return 0;
        }
        long minor = matcher.group(2) == null ? 0 : Long.parseLong(matcher.group(2));
        return Long.parseLong(matcher.group(1)) * 1000 + minor;
    }

    /** The folders above {@code bin/python3} on the path, and those where users put packages. */
    private static Set<Path> pythonPrefixes(Map<String, String> environment, Path local) {
        Set<Path> prefixes = new LinkedHashSet<>();
        for (Path bin : paths(environment.getOrDefault("PATH", ""))) {
            Path prefix = bin.getParent();
            if (prefix != null && Files.isExecutable(bin.resolve("python3"))) {
                prefixes.add(prefix);
            }
        }
        prefixes.add(local);
        paths(environment.getOrDefault("HOME", ""))
                .forEach(home -> prefixes.add(home.resolve(".local")));
        return prefixes;
    }

    private static List<Path> pythonPackages(Set<Path> prefixes) {
        return prefixes.stream()
                .flatMap(prefix -> children(prefix.resolve("lib")).stream())
                .filter(lib -> lib.getFileName().toString().startsWith("python3"))
                .flatMap(lib -> Stream.of("site-packages", "dist-packages").map(lib::resolve))
                .flatMap(packages -> PACKAGES.stream().map(packages::resolve))
                .filter(Files::isDirectory)
                .toList();
    }

    /** In the order of their names; none where there is no such folder, or it may not be read. */
    private static List<Path> children(Path folder) {
        String[] names = folder.toFile().list();
        return names == null
                ? List.of()
                : Arrays.stream(names).sorted().map(folder::resolve).toList();
    }
}
