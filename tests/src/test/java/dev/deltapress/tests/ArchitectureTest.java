package dev.deltapress.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of the design: cli -> {onnx, panama} -> core, and inside core towards tensors. */
@AnalyzeClasses(packages = "dev.deltapress", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] CORE = {
        "dev.deltapress",
        "dev.deltapress.tensor..",
        "dev.deltapress.checkpoint..",
        "dev.deltapress.linalg..",
        "dev.deltapress.delta..",
        "dev.deltapress.method..",
        "dev.deltapress.backend..",
        "dev.deltapress.io..",
        "dev.deltapress.pipeline.."
    };

    @ArchTest
    static final ArchRule coreKnowsNoOtherModule =
            noClasses()
                    .that()
                    .resideInAnyPackage(CORE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.deltapress.panama..",
                            "dev.deltapress.cuda..",
                            "dev.deltapress.onnx..",
                            "dev.deltapress.cli..",
                            "com.google.protobuf..");

    @ArchTest
    static final ArchRule onnxKnowsOnlyCore =
            noClasses()
                    .that()
                    .resideInAPackage("dev.deltapress.onnx..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.deltapress.cli..",
                            "dev.deltapress.panama..",
                            "dev.deltapress.cuda..");

    @ArchTest
    static final ArchRule panamaKnowsOnlyCore =
            noClasses()
                    .that()
                    .resideInAPackage("dev.deltapress.panama..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.deltapress.cli..",
                            "dev.deltapress.onnx..",
                            "dev.deltapress.cuda..");

    @ArchTest
    static final ArchRule cudaKnowsOnlyPanamaAndCore =
            noClasses()
                    .that()
                    .resideInAPackage("dev.deltapress.cuda..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.deltapress.cli..", "dev.deltapress.onnx..");

    @ArchTest
    static final ArchRule onlyCudaKnowsJCuda =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.deltapress.cuda..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("jcuda..");

    @ArchTest
    static final ArchRule onlyTheCommandLineDraws =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.deltapress.cli..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.knowm..", "org.apache.batik..", "java.awt..");

    @ArchTest
    static final ArchRule nothingBelowDependsOnThePipeline =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "dev.deltapress.pipeline..",
                            "dev.deltapress.cli..",
                            "dev.deltapress.bench..",
                            "dev.deltapress.tests..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.deltapress.pipeline..");

    @ArchTest
    static final ArchRule theCommandLineDoesNoNumerics =
            noClasses()
                    .that()
                    .resideInAPackage("dev.deltapress.cli..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.lang.foreign..", "jdk.incubator..");

    @ArchTest
    static final ArchRule tensorsAndLinearAlgebraStandAlone =
            noClasses()
                    .that()
                    .resideInAnyPackage("dev.deltapress.tensor..", "dev.deltapress.linalg..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.deltapress.checkpoint..",
                            "dev.deltapress.delta..",
                            "dev.deltapress.method..",
                            "dev.deltapress.backend..",
                            "dev.deltapress.io..");

    @ArchTest
    static final ArchRule onlyPanamaTouchesTheLinker =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.deltapress.panama..")
                    .should()
                    .dependOnClassesThat()
                    .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup)(\\$.*)?");
}
