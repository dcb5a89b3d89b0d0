package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** With scripts in Maven's place. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class DemoMavenTest {

    private static final DemoArtefact ARTEFACT = new DemoArtefact("pair", "1", "", List.of());

    @TempDir private Path temporary;

    @Test
    void mavenCopiesTheJarAloneInAFolderWithoutPom() throws IOException {
        Path into = Files.createDirectory(temporary.resolve("into"));

        maven("pwd > arguments; for word; do echo \"$word\" >> arguments; done")
                .fetch(ARTEFACT, into);

        assertThat(Files.readAllLines(into.resolve("arguments")))
                .containsExactly(
                        into.toRealPath().toString(),
                        "-q",
                        "-B",
                        "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy",
                        "-Dartifact=dev.langchain4j:pair:1",
                        "-DoutputDirectory=" + into);
    }

    @Test
    void aFailureIsTheLineBeforeMavensAdvice() throws IOException {
        var maven =
                maven(
                        """
                        printf '\\033[1;31m[ERROR]\\033[m Could not find it in central -> [Help 1]\\n'
                        echo '[ERROR] '
                        echo '[ERROR] To see the full stack trace of the errors, use -e.'
                        echo '[ERROR] [Help 1] http://example.org' >&2
                        exit 1
                        """);

        assertThatThrownBy(() -> maven.fetch(ARTEFACT, temporary))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage("Maven cannot fetch it: Could not find it in central");
    }

    @Test
    void aFailureBeforeMavenIsItsLastLine() throws IOException {
        var maven = maven("echo Warning; echo JAVA_HOME is wrong >&2; exit 1");

        assertThatThrownBy(() -> maven.fetch(ARTEFACT, temporary))
                .hasMessage("Maven cannot fetch it: JAVA_HOME is wrong");
    }

    private DemoMaven maven(String script) throws IOException {
        Path program = Files.writeString(temporary.resolve("mvn"), "#!/bin/sh\n" + script);
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return new DemoMaven(program.toString());
    }
}
