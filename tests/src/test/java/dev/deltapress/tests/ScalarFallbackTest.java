package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

/** The program without the module of the Vector API. */
class ScalarFallbackTest {
    @TempDir private Path dir;

    @Test
    void itSaysWhichFlagIsMissingAndWritesTheSameBytes() throws Exception {
        Folder folder = Folder.withPair(dir);
        assertThat(folder.compress().exitCode()).isZero();
        Map<String, String> withVectors = new Folder(folder.delta()).hashes();

        Program.Result scalar =
                Program.withoutVectors().execute(folder.compressArguments("--force"));

        assertThat(scalar.exitCode()).as(scalar.err()).isZero();
        assertThat(scalar.errorLines())
                .filteredOn(line -> line.contains("--add-modules jdk.incubator.vector"))
                .singleElement()
                .asString()
                .contains("slow");
        assertThat(new Folder(folder.delta()).hashes()).isEqualTo(withVectors);
    }
}
