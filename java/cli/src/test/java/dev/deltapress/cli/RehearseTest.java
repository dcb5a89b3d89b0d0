package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The run that shows the JVM which classes matter. */
class RehearseTest {

    @Test
    void everyCommandOfTheRehearsalWorks(@TempDir Path dir) throws Exception {
        for (String format : new String[] {"safetensors", "onnx"}) {
            Path base = TinyModel.write(dir.resolve("base." + format), 1);
            Path tuned = TinyModel.write(dir.resolve("tuned." + format), 2);
            Path delta = dir.resolve("delta-" + format);
            Path restored = dir.resolve("restored." + format);

            String pair = " --base %s --tuned %s".formatted(base, tuned);
            succeed("plan --ratio 2" + pair);
            succeed("compress --ratio 2 --out " + delta + pair);
            succeed("inspect --json --delta " + delta);
            succeed("restore --base %s --delta %s --out %s".formatted(base, delta, restored));
            succeed("verify --delta " + delta + pair);
        }
    }

    @Test
    void itPrintsNothingAndIsNotShown() {
        Cli cli = Cli.run(new FakePipeline(), "rehearse");

        assertThat(cli).isEqualTo(new Cli(0, "", ""));
        assertThat(Cli.run(new FakePipeline(), "--help").out()).doesNotContain("rehearse");
    }

    private static void succeed(String commandLine) {
        Cli cli = Cli.run(new CorePipeline(), commandLine);
        assertThat(cli.exitCode()).as(cli.err()).isZero();
    }
}
