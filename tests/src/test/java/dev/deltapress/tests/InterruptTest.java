package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A run that is stopped while it works. */
@EnabledOnOs(OS.LINUX)
class InterruptTest {
    private static final int SIDE = 1024;

    @TempDir private Path dir;
    @TempDir private Path logs;
    private Folder folder;
    private Map<String, String> inputs;

    /** Enough matrices for some seconds of work. */
    @BeforeEach
    void makeLargerPair() throws Exception {
        folder = new Folder(dir);
        Random random = new Random(1);
        Pairs model = Pairs.base();
        for (int layer = 2; layer < 8; layer++) {
            float[] values = Pairs.gaussian(random, SIDE * SIDE, 0.2);
            model.put("model.layers.%d.w.weight".formatted(layer), DType.F32, values, SIDE, SIDE);
        }
        model.writeFile(folder.base());
        model.tuned().writeFile(folder.tuned());
        inputs = folder.hashes();
    }

    @Test
    void ctrlCEndsItWithExitCode130AndLeavesNothing() throws Exception {
        // A build in the background ignores SIGINT, and so would its children.
        Program.Result result = stopAtWork(Program.startedBy("env", "--default-signal=INT"), "INT");

        assertThat(result.exitCode()).as(result.err()).isEqualTo(130);
        assertThat(result.errorLines()).hasSizeLessThanOrEqualTo(3);
        assertThat(result.error()).isEqualTo("deltapress: interrupted");
        assertThat(folder.hashes()).isEqualTo(inputs);
        assertThat(folder.temporaries()).isEmpty();
    }

    @Test
    void ctrlCEndsAComparisonTheSameWay() throws Exception {
        Program program = Program.startedBy("env", "--default-signal=INT");
        Object[] arguments = {
            "compare", "--base", folder.base(), "--tuned", folder.tuned(), "--out", folder.delta()
        };

        Program.Result result = stopAtWork(program, "INT", arguments);

        assertThat(result.exitCode()).as(result.err()).isEqualTo(130);
        assertThat(result.error()).isEqualTo("deltapress: interrupted");
        assertThat(folder.hashes()).isEqualTo(inputs);
        assertThat(folder.names()).containsExactly("base.safetensors", "tuned.safetensors");
    }

    @Test
    void whatAKilledRunLeavesIsRemovedByTheNext() throws Exception {
        Program.Result killed = stopAtWork(Program.deltapress(), "KILL");

        assertThat(killed.exitCode()).isEqualTo(128 + 9);
        assertThat(folder.delta()).doesNotExist();
        assertThat(folder.temporaries()).hasSize(1);
        assertThat(folder.hashes()).containsAllEntriesOf(inputs);

        Program.Result next = folder.compress("--exclude", "*.w.weight");

        assertThat(next.exitCode()).as(next.err()).isZero();
        assertThat(folder.names())
                .containsExactly("base.safetensors", "delta", "tuned.safetensors");
        assertThat(folder.hashes()).containsAllEntriesOf(inputs);
    }

    /** Starts a compression, and sends the signal once its temporary folder is there. */
    private Program.Result stopAtWork(Program program, String signal) throws Exception {
        return stopAtWork(program, signal, folder.compressArguments());
    }

    private Program.Result stopAtWork(Program program, String signal, Object[] arguments)
            throws Exception {
        Path out = logs.resolve("out");
        Path err = logs.resolve("err");
        Process run = program.start(out, err, arguments);
        while (folder.temporaries().isEmpty()) {
            assertThat(run.isAlive()).as("still at work").isTrue();
            TimeUnit.MILLISECONDS.sleep(10);
        }
        new ProcessBuilder("kill", "-" + signal, Long.toString(run.pid())).start().waitFor();
        assertThat(run.waitFor(30, TimeUnit.SECONDS)).as("ended").isTrue();
        return Program.result(run, out, err);
    }
}
