package dev.deltapress.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.pipeline.Pairs;
import dev.deltapress.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** No room for the output. */
@EnabledOnOs(OS.LINUX)
class DiskFullTest {
    @TempDir private Path dir;

    /**
     * A limit on the size of files, at most 4 MiB, lets the check of free space pass and a later
     * write fail.
     */
    @Test
    void aWriteThatFailsIsOneLineAndLeavesNothing() throws Exception {
        Folder folder = new Folder(dir);
        Pairs base = Pairs.base();
        float[] noise = Pairs.gaussian(new Random(5), 2_000_000, 1);
        base.put("norm.weight", DType.F32, noise, noise.length).writeFile(folder.base());
        base.tuned().writeFile(folder.tuned());
        Map<String, String> inputs = folder.hashes();

        Program.Result result =
                Program.startedBy("sh", "-c", "ulimit -f 4096; exec \"$@\"", "sh")
                        .execute(folder.compressArguments());

        assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
        assertThat(result.errorLines()).hasSizeLessThanOrEqualTo(3);
        assertThat(result.error()).contains(folder.delta().toString(), "file too large");
        assertThat(folder.hashes()).isEqualTo(inputs);
        assertThat(folder.temporaries()).isEmpty();
    }

    @Test
    void aDiskWithoutRoomIsRefusedBeforeTheWork() throws Exception {
        try (Disk disk = Disk.mount(Files.createDirectory(dir.resolve("disk")), "16k")) {
            Folder folder = Folder.withPair(Files.createDirectory(dir.resolve("models")));

            Program.Result result = compressTo(disk, folder);

            assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
            assertThat(result.errorLines()).hasSizeLessThanOrEqualTo(3);
            assertThat(result.error()).contains("delta", "MB of disk");
            assertThat(new Folder(disk.path()).names()).isEmpty();
        }
    }

    /** Room for bytes, which is all that the check can ask for, but not for one more file. */
    @Test
    void aDiskThatIsFullDuringTheWorkLeavesNothing() throws Exception {
        Folder folder = Folder.withPair(Files.createDirectory(dir.resolve("models")));
        try (Disk disk = Disk.mount(Files.createDirectory(dir.resolve("disk")), "4m,nr_inodes=3")) {
            Program.Result result = compressTo(disk, folder);

            assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
            assertThat(result.errorLines()).hasSizeLessThanOrEqualTo(3);
            assertThat(result.error()).contains("delta", "no space left on device");
            assertThat(new Folder(disk.path()).names()).isEmpty();
        }
    }

    private static Program.Result compressTo(Disk disk, Folder folder) throws Exception {
        return Program.run(
                "compress",
                "--base",
                folder.base(),
                "--tuned",
                folder.tuned(),
                "--out",
                disk.path().resolve("delta"),
                "--ratio",
                "4");
    }

    /** A file system of its own. */
    private record Disk(Path path) implements AutoCloseable {

        static Disk mount(Path path, String size) throws IOException {
            boolean mounted =
                    run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", path.toString());
            assumeTrue(mounted, "this user may not mount a small disk");
            return new Disk(path);
        }

        @Override
        public void close() throws IOException {
            assertThat(run("umount", path.toString())).as("unmounted").isTrue();
        }

        private static boolean run(String... command) throws IOException {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.onExit().join().exitValue() == 0;
        }
    }
}
