package dev.deltapress.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.Backends;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.cuda.ServingProbe;
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
import java.util.ArrayList;
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
            Summary summary = GpuParity.run(GpuParity.small(), cuda, team, line -> {});

            assertThat(summary.cases())
                    .hasSameSizeAs(GpuParity.small())
                    .allSatisfy(found -> assertThat(found).containsEntry("failures", List.of()));
            assertThat(summary.failed()).isZero();
        }
    }

    @Test
    void aBitThatIsWrongIsFound() {
        assertThat(failuresOf(ParityCase.small().getFirst(), "pack", 3))
                .contains("whole_block: byte ")
                .contains("thinned_block: byte ");
    }

    @Test
    void matricesThatAreRestoredWronglyAreFound() {
        assertThat(failuresOf(ServingCase.small().getFirst(), "restore", 3))
                .contains("restored F32, rows 0 to 64: byte 16383 of 16384 differs")
                .contains("restored F16, rows 63 to 64: byte 127 of 128 differs");
        ServingCase sparse = ServingCase.small().getLast();
        assertThat(sparse.keep()).isLessThan(ServingProbe.SPARSE_SHARE);
        assertThat(failuresOf(sparse, "restore", 3))
                .contains("restored BF16, rows 0 to 1100: worst of these over its bound is ");
    }

    @Test
    void resultsThatAreWrongAreFound() {
        assertThat(failuresOf(ServingCase.small().getFirst(), "apply", 3))
                .contains("applied to 1, over its bound is ")
                .contains("applied to 16 without base, over its bound is ");
    }

    @Test
    void componentsOfOthersInABatchAreFound() {
        assertThat(failuresOf(BatchCase.small().getFirst(), "factorise", -1))
                .contains("energy_of_0 is ")
                .contains("excess_error_of_0 is ");
    }

    /**
     * What is found where a method gives something wrong: in the segment or matrix that is an
     * argument of that number, or, without one, in the order of a list.
     */
    private static String failuresOf(ParityCheck one, String method, int argument) {
        try (Team team = new Team(2);
                Backend cuda = Backends.create("cuda", team, 0, note -> {})) {
            Spoiling spoiling = new Spoiling(method, argument);

            Summary summary =
                    GpuParity.run(List.of(one), spoiling.of(Backend.class, cuda), team, line -> {});

            assertThat(summary.failed()).isEqualTo(1);
            return String.valueOf(summary.cases().getFirst().get("failures"));
        }
    }

    /** Wraps a backend, what it opens and what it makes, so that one method gives what is wrong. */
    private record Spoiling(String name, int argument) {
        <T> T of(Class<T> type, Object inner) {
            return type.cast(
                    Proxy.newProxyInstance(
                            type.getClassLoader(),
                            new Class<?>[] {type},
                            (proxy, method, arguments) -> {
                                Object result = method.invoke(inner, arguments);
                                if (result instanceof Session session) {
                                    return of(Session.class, session);
                                }
                                if (result instanceof DeltaOperator operator) {
                                    return of(DeltaOperator.class, operator);
                                }
                                if (!method.getName().equals(name)) {
                                    return result;
                                }
                                if (result instanceof List<?> list) {
                                    return list.reversed();
                                }
                                flip(arguments[argument]);
                                return result;
                            }));
        }

        /** A bit of the last byte, where a float has its exponent. */
        private static void flip(Object out) {
            MemorySegment memory =
                    out instanceof MatrixView matrix ? matrix.data() : (MemorySegment) out;
            long last = memory.byteSize() - 1;
            byte value = memory.get(ValueLayout.JAVA_BYTE, last);
            memory.set(ValueLayout.JAVA_BYTE, last, (byte) (value ^ 1));
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
        assertServingIsTimed(result.at("/serve"));
        JsonNode index = new JsonMapper().readTree(samples.resolve("index.json").toFile());
        assertThat(index).hasSize(2);
        assertThat(Files.size(samples.resolve(index.at("/0/file").asString())))
                .isEqualTo(64L * 64 * 4);
    }

    private static void assertServingIsTimed(JsonNode serve) {
        assertThat(serve.at("/fp32_roof_gflops").asDouble()).isPositive();
        assertThat(serve.at("/on_device/seconds_of_32_layers").asDouble()).isPositive();
        assertThat(serve.at("/on_device/matrices")).hasSize(7);
        assertThat(serve.at("/on_device/matrices/4/rows").asInt()).isEqualTo(11008 / 64);
        for (String number : List.of("decode_ms", "fused_ms", "sparse_ms", "of_lower_roof")) {
            assertThat(serve.at("/on_device/matrices/6/" + number).asDouble())
                    .as(number)
                    .isPositive();
        }
        // Ratio 8 of a square matrix takes side / 16 values in a row.
        List<Integer> components = new ArrayList<>();
        serve.at("/keep_rates").forEach(one -> components.add(one.at("/components").asInt()));
        assertThat(components).containsExactly(64, 64, 40, 20, 8);
        assertThat(serve.at("/keep_rates/0/sparse_over_fused").asDouble()).isPositive();
        assertThat(serve.at("/apply")).hasSize(6);
        assertThat(serve.at("/apply/5/batch").asInt()).isEqualTo(16);
        for (String number : List.of("delta_us", "base_us", "both_us")) {
            assertThat(serve.at("/apply/5/" + number).asDouble()).as(number).isPositive();
        }
    }
}
