package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
    void theBlocksOfJavaAreTheExamples() throws IOException {
        List<String> readme = Files.readAllLines(ROOT.resolve("README.md"));
        List<String> source = Files.readAllLines(EXAMPLE);
        List<String> examples = bodies(source, "// readme:begin", "// readme:end");

        assertThat(bodies(readme, "```java", "```")).isNotEmpty().isEqualTo(examples);
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
        String name = "model.layers.0.w.weight";
        try (Arena arena = Arena.ofShared();
                Checkpoint restored = Checkpoints.open(folder.restored())) {
            MemorySegment rows = arena.allocate(24 * 512 * Float.BYTES, 4);
            MemorySegment x = arena.allocate(2 * 512 * Float.BYTES, 4);
            MemorySegment y = arena.allocate(2 * 512 * Float.BYTES, 4);
            ReadmeExample.serve(folder.base(), folder.delta(), folder.delta(), name, rows, x, 2, y);

            MemorySegment whole = restored.map(name, arena);
            assertThat(rows.mismatch(whole.asSlice(100 * 512 * Float.BYTES, rows.byteSize())))
                    .isEqualTo(-1);
        }
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
