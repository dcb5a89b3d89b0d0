package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Help is kept as files, so that a change is a diff; -Dgolden.update=true rewrites them. */
class HelpTest {

    private static final Path GOLDEN = Path.of("src/test/resources/help");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deltapress",
                "demo",
                "plan",
                "compress",
                "compare",
                "restore",
                "verify",
                "inspect",
                "doctor"
            })
    void helpIsTheGoldenFile(String command) throws IOException {
        Cli cli =
                Cli.run(
                        new FakePipeline(),
                        command.equals("deltapress") ? "--help" : command + " --help");

        Path golden = GOLDEN.resolve(command + ".txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(golden, cli.out());
        }
        assertThat(cli.exitCode()).isZero();
        assertThat(cli.err()).isEmpty();
        assertThat(cli.out()).isEqualTo(Files.readString(golden));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "demo ",
                "plan ",
                "compress ",
                "compare ",
                "restore ",
                "verify ",
                "inspect ",
                "doctor "
            })
    void everyCommandTellsTheVersion(String command) {
        Cli cli = Cli.run(new FakePipeline(), command + "--version");

        assertThat(cli.exitCode()).isZero();
        assertThat(cli.out()).startsWith("deltapress ").contains("Java 25");
    }

    @Test
    void completionKnowsCommandsAndChoices() {
        Cli cli = Cli.run(new FakePipeline(), "generate-completion");

        assertThat(cli.exitCode()).isZero();
        assertThat(cli.out())
                .contains(
                        "compress",
                        "compare",
                        "--ratios",
                        "--embeddings",
                        "\"exact\" \"compress\" \"base\"");
    }
}
