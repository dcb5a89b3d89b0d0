package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.DeltaPressException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** In a JVM of its own, because a signal ends it. */
class InterruptionTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void ctrlCEndsARunWithExitCode130AndOneLine() throws Exception {
        Process run = start();
        assertThat(run.inputReader().readLine()).isEqualTo("working");

        new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor();

        assertThat(run.waitFor()).isEqualTo(130);
        assertThat(run.errorReader().lines()).containsExactly("deltapress: interrupted");
    }

    private static Process start() throws IOException {
        // A build in the background ignores SIGINT, and so would its children.
        return new ProcessBuilder(
                        List.of(
                                "env",
                                "--default-signal=INT",
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Worker.class.getName()))
                .start();
    }

    /**
     * Works until its own clean-up at the end of the JVM makes it fail, as pulled-away files would.
     */
    static final class Worker {

        private Worker() {}

        public static void main(String[] args) {
            var worker = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(worker::interrupt));
            var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
            Interruption interruption = Interruption.announcedOn(err);
            var pipeline = new FakePipeline();
            pipeline.work = () -> workUntilInterrupted(out);
            var command = Main.commandLine(pipeline, out, err);
            interruption.exit(Main.run(command, "inspect", "--delta", "d"));
        }

        private static void workUntilInterrupted(PrintWriter out) {
            out.println("working");
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                throw new DeltaPressException("a temporary is gone", e);
            }
        }
    }
}
