package dev.deltapress.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.backend.Weights;
import dev.deltapress.cuda.gpu.GpuParity.Summary;
import dev.deltapress.parallel.Team;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What runs on a GPU runs here on stand-ins of NVIDIA's libraries. */
class GpuHarnessTest {
    @TempDir private Path folder;

    @BeforeAll
    static void standInsAreThere() {
        assumeTrue(
                Files.exists(Path.of(System.getProperty("deltapress.cuda.library"))),
                "no stand-ins: no CMake or C++ compiler here");
    }

    @Test
    void theBackendsAgree() {
        try (Team team = new Team(2);
                Backend cuda = Backends.create("cuda", team, 0, note -> {})) {
            Summary summary = GpuParity.run(ParityCase.small(), cuda, team, line -> {});

            assertThat(summary.cases())
                    .hasSameSizeAs(ParityCase.small())
                    .allSatisfy(found -> assertThat(found).containsEntry("failures", List.of()));
            assertThat(summary.failed()).isZero();
        }
    }

    @Test
    void aBitThatIsWrongIsFound() {
        try (Team team = new Team(2);
                Backend cuda = Backends.create("cuda", team, 0, note -> {})) {
            ParityCase one = ParityCase.small().getFirst();

            Summary summary = GpuParity.run(List.of(one), new Flipping(cuda), team, line -> {});

            assertThat(summary.failed()).isEqualTo(1);
            assertThat(summary.cases().getFirst().get("failures"))
                    .asString()
                    .contains("whole_block: byte ")
                    .contains("thinned_block: byte ");
        }
    }

    /** Packs the last bit of a block wrongly. */
    private record Flipping(Backend backend) implements Backend {
        @Override
        public String name() {
            return backend.name();
        }

        @Override
        public Weights weights(MatrixView base) {
            return backend.weights(base);
        }

        @Override
        public DeltaOperator operator(PackedMatrix packed) {
            return backend.operator(packed);
        }

        @Override
        public Session open() {
            Session session = backend.open();
            return (Session)
                    Proxy.newProxyInstance(
                            Session.class.getClassLoader(),
                            new Class<?>[] {Session.class},
                            (proxy, method, arguments) -> {
                                Object result = method.invoke(session, arguments);
                                if (method.getName().equals("pack")) {
                                    flip((MemorySegment) arguments[3]);
                                }
                                return result;
                            });
        }

        private static void flip(MemorySegment out) {
            long last = out.byteSize() - 1;
            byte value = out.get(ValueLayout.JAVA_BYTE, last);
            out.set(ValueLayout.JAVA_BYTE, last, (byte) (value ^ 1));
        }
    }

    @Test
    void whatIsNoNumberDoesNotPass() {
        Findings findings = new Findings();
        findings.expect("fine", 1, 1);
        findings.expect("bad", Double.NaN, 1);
        findings.expect("worse", 2, 1);

        assertThat(findings.failures())
                .containsExactly("bad is NaN, more than 1.00", "worse is 2.00, more than 1.00");
    }

    @Test
    void everythingIsTimed() throws Exception {
        Path json = folder.resolve("bench.json");
        Path samples = folder.resolve("samples");

        int exit =
                new CommandLine(new GpuBench())
                        .execute(
                                "--layers=1",
                                "--scale=64",
                                "--threads=2",
                                "--ratio=8",
                                "--rank=16",
                                "--json=" + json,
                                "--samples=" + samples);

        assertThat(exit).isZero();
        JsonNode result = new JsonMapper().readTree(json.toFile());
        assertThat(result.at("/impart/seconds_of_32_layers").asDouble()).isPositive();
        assertThat(result.at("/impart/relative_error").asDouble()).isBetween(0.01, 1.0);
        assertThat(result.at("/impart/ratio").asDouble()).isGreaterThanOrEqualTo(8);
        for (Stage stage : List.of(Stage.FACTORISE, Stage.MASK_AND_PACK, Stage.THIN_ON_HOST)) {
            String name = stage.name().toLowerCase(Locale.ROOT);
            assertThat(result.at("/impart_one_worker/worker_seconds_by_stage/" + name).asDouble())
                    .as(name)
                    .isPositive();
        }
        assertThat(result.at("/svd/components").asInt()).isEqualTo(16);
        assertThat(result.at("/restore/seconds").asDouble()).isPositive();
        JsonNode index = new JsonMapper().readTree(samples.resolve("index.json").toFile());
        assertThat(index).hasSize(2);
        assertThat(Files.size(samples.resolve(index.at("/0/file").asString())))
                .isEqualTo(64L * 64 * 4);
    }
}
