package dev.deltapress.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class KernelChoiceTest {

    @Test
    void withTheVectorModuleTheVectorKernelsAreChosenQuietly() throws Exception {
        assertThat(runMain("--add-modules", "jdk.incubator.vector"))
                .doesNotContain("linear algebra")
                .contains("singular value 5.0 by vector, ");
    }

    @Test
    void withoutTheVectorModuleLoopsWorkAndTheLogNamesTheFlag() throws Exception {
        assertThat(runMain())
                .contains("module jdk.incubator.vector is absent")
                .contains("--add-modules jdk.incubator.vector")
                .contains("singular value 5.0 by loops");
    }

    @Test
    void withoutTheOptimisingCompilerLoopsAreChosen() throws Exception {
        assertThat(runMain("--add-modules", "jdk.incubator.vector", "-Xint"))
                .contains("without its optimising compiler")
                .contains("singular value 5.0 by loops");
    }

    private static String runMain(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** What the forked JVM runs: the smallest SVD. */
    static final class Main {

        private Main() {}

        public static void main(String[] args) {
            try (Arena arena = Arena.ofConfined()) {
                Matrix a = Matrix.copyOf(arena, 1, 2, new float[] {3, 4});
                Svd svd = new TruncatedSvd(Kernels.best()).compute(arena, a, 1);
                System.out.println("singular value " + svd.s()[0] + " by " + Kernels.best());
            }
        }
    }
}
