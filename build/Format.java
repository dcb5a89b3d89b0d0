import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Holds every Java file to one format: google-java-format, four spaces.
 *
 * <p>{@code check} names the files that differ and fails; {@code apply} rewrites them. The build
 * runs this with the JDK of the tool chain, because the formatter parses with the JDK's own
 * compiler and Maven's JDK may be older than the sources.
 */
final class Format {
    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        Path root = Path.of(args[1]);
        var formatter = new Formatter(JavaFormatterOptions.builder().style(Style.AOSP).build());
        int changed = 0;
        try (var files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.filter(Format::isSource)::iterator) {
                String source = Files.readString(file);
                String formatted = format(formatter, source);
                if (formatted.equals(source)) {
                    continue;
                }
                changed++;
                if (apply) {
                    Files.writeString(file, formatted);
                } else {
                    System.err.println("not formatted: " + root.relativize(file));
                }
            }
        }
        if (changed > 0 && !apply) {
            System.err.println("run: mvn -N validate -Dformat.mode=apply");
            System.exit(1);
        }
    }

    private static String format(Formatter formatter, String source) throws Exception {
        String imports = ImportOrderer.reorderImports(source, Style.AOSP);
        return formatter.formatSource(RemoveUnusedImports.removeUnusedImports(imports));
    }

    private static boolean isSource(Path file) {
        return file.toString().endsWith(".java")
                && !file.toString().contains("/target/")
                && !file.toString().contains("/.git/");
    }
}
