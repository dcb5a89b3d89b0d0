package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;

/** What a run takes, as the system counts it: bounded, foreseen, and the same for more layers. */
@EnabledOnOs(OS.LINUX)
class MemoryTest {
    private static final long BOUND = 500L << 20;

    @TempDir private Path dir;

    @Test
    void planForeseesThePeakAndMaxMemoryBoundsIt() throws Exception {
        Folder folder = pair(2, 1024, 2816);

        long plan = planned(folder, "--threads", "2");
        long peak = peak(folder, "usual", "--threads", "2");
        assertThat(peak).isBetween(plan / 2, plan);

        Object[] bounded = {"--threads", "8", "--max-memory", "500m"};
        assertThat(planned(folder, "--threads", "8")).isGreaterThan(BOUND);
        assertThat(planned(folder, bounded)).isEqualTo(BOUND);
        assertThat(peak(folder, "bounded", bounded)).isLessThan(BOUND);
        assertThat(new Folder(folder.path().resolve("bounded")).hashes())
                .isEqualTo(new Folder(folder.path().resolve("usual")).hashes());
    }

    @Test
    void moreLayersTakeNoMoreMemory() throws Exception {
        long few = peak(pair(6, 256, 512), "few");
        long many = peak(pair(60, 256, 512), "many");

        assertThat(many).isLessThan(few * 5 / 4);
    }

    /** Layers of a square matrix and an oblong one, on random numbers. */
    private Folder pair(int layers, int side, int longSide) throws IOException {
        Folder folder = new Folder(Files.createDirectory(dir.resolve("pair" + layers)));
        Random random = new Random(1);
        float[] values = Pairs.gaussian(random, side * longSide, 0.2);
        Pairs base = Pairs.base();
        for (int layer = 2; layer < 2 + layers; layer++) {
            String prefix = "model.layers.%d.".formatted(layer);
            float[] square = Arrays.copyOf(values, side * side);
            base.put(prefix + "q_proj.weight", DType.BF16, square, side, side);
            base.put(prefix + "up_proj.weight", DType.BF16, values, longSide, side);
            base.put(prefix + "down_proj.weight", DType.BF16, values, side, longSide);
        }
        base.writeFile(folder.base());
        base.tuned().writeFile(folder.tuned());
        return folder;
    }

    private static long planned(Folder folder, Object... more) throws Exception {
        return run(more, "plan", "--base", folder.base(), "--tuned", folder.tuned())
                .get("peak_memory_bytes")
                .asLong();
    }

    private static long peak(Folder folder, String out, Object... more) throws Exception {
        return run(
                        more,
                        "compress",
                        "--base",
                        folder.base(),
                        "--tuned",
                        folder.tuned(),
                        "--out",
                        folder.path().resolve(out))
                .get("peak_rss_bytes")
                .asLong();
    }

    private static JsonNode run(Object[] more, Object... usual) throws Exception {
        Object[] json = {"--json", "--ratio", "16"};
        Object[] all = Stream.of(usual, json, more).flatMap(Stream::of).toArray();
        Program.Result result = Program.run(all);
        assertThat(result.exitCode()).as(result.err()).isZero();
        return new JsonMapper().readTree(result.out());
    }
}
