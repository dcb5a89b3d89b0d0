package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;

class ConsoleProgressTest {

    private final StringWriter err = new StringWriter();

    @Test
    void aTerminalShowsABarWithPhaseBytesAndTensor() {
        run(100);

        assertThat(err.toString())
                .contains("compressing", "100%", "3/3 MB", "layer.0.weight", "0:00:0")
                .endsWith("\n");
    }

    @Test
    void noLineIsAsWideAsTheTerminal() {
        run(40);

        assertThat(err.toString().split("[\r\n]")).allMatch(line -> line.length() < 40);
    }

    @Test
    void elsewhereThereIsNoBar() {
        run(0);

        assertThat(err).hasToString("backend java\nnothing removed\n");
    }

    @Test
    void aNoteOnATerminalHasItsOwnLine() {
        run(60);

        assertThat(err.toString()).contains("\rnothing removed\n");
    }

    private void run(int columns) {
        try (var progress = new ConsoleProgress(new PrintWriter(err), columns)) {
            progress.note("backend java");
            progress.begin("compressing", 3_000_000);
            progress.advance(1_000_000, "layer.0.bias");
            progress.note("nothing removed");
            progress.advance(2_000_000, "layer.0.weight");
            progress.succeed();
        }
    }
}
