package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What README.md shows is what the build compiles, and it works. */
class ReadmeTest {
    private static final Path ROOT = Path.of(System.getProperty("deltapress.root"));
    private static final Path EXAMPLE =
            ROOT.resolve("tests/src/test/java/dev/deltapress/tests/ReadmeExample.java");

    @TempDir private Path dir;

    @Test
    void everyBlockOfJavaIsTheExample() throws IOException {
        List<String> readme = Files.readAllLines(ROOT.resolve("README.md"));
        List<String> source = Files.readAllLines(EXAMPLE);
        String example = bodies(source, "// readme:begin", "// readme:end").getFirst();

        assertThat(bodies(readme, "```java", "```")).isNotEmpty().containsOnly(example);
    }

    @Test
    void theExampleRuns() throws IOException {
        Folder folder = new Folder(dir);
        float[] values = Pairs.gaussian(new Random(4), 512 * 512, 0.2);
        Pairs base = Pairs.base().put("model.layers.0.w.weight", DType.F32, values, 512, 512);
        base.writeFile(folder.base());
        base.tuned().writeFile(folder.tuned());

        ReadmeExample.run(folder.base(), folder.tuned(), folder.delta(), folder.restored());

        assertThat(folder.restored()).hasSize(Files.size(folder.tuned()));
    }

    /** The lines between each pair of markers, without their common indentation. */
    private static List<String> bodies(List<String> lines, String begin, String end) {
        List<String> bodies = new ArrayList<>();
        int from = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (from < 0 && line.equals(begin)) {
                from = i + 1;
            } else if (from >= 0 && line.equals(end)) {
                bodies.add(String.join("\n", lines.subList(from, i)).stripIndent().strip());
                from = -1;
            }
        }
        return bodies;
    }
}
