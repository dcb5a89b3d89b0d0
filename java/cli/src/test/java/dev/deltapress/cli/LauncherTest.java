package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** The launcher in a source tree of its own, with scripts in the place of the JDK and of Maven. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

    private static final String BUILDS = "building DeltaPress";

    private static final String MAKES_ARCHIVES =
            "*rehearse*) exit ;;\n*-Xshare:dump*) echo archive >\"$new\"; exit ;;\n";

    @TempDir Path folder;
    private Path root;
    private Path jdk;
    private Path tools;
    private Path source;

    @BeforeEach
    void makeSourceTree() throws IOException {
        root = folder.resolve("source tree");
        source = root.resolve("java/cli/src/main/java/Main.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "");
        Files.writeString(root.resolve("pom.xml"), "");
        Files.writeString(root.resolve("java/cli/pom.xml"), "");

        script(root.resolve("deltapress"), Files.readString(Path.of("../../deltapress")));

        jdk = jdk("25.0.3");
        tools = Files.createDirectories(folder.resolve("tools"));
        maven("mkdir -p java/cli/target && touch java/cli/target/built && echo built >>builds");
    }

    @Test
    void theFirstRunBuildsAndTheNextDoesNot() throws Exception {
        Cli first = launch("plan", "a b");
        Cli second = launch("plan", "a b");

        assertThat(first.err()).isEqualTo(BUILDS + " (first run, about a minute)...\n");
        assertThat(first.out())
                .contains("--add-modules\njdk.incubator.vector\n")
                .endsWith("dev.deltapress.cli.Main\nplan\na b\n");
        assertThat(second).isEqualTo(new Cli(first.exitCode(), first.out(), ""));
    }

    @Test
    void theExitCodeIsThatOfTheCommand() throws Exception {
        assertThat(launch("plan").exitCode()).isEqualTo(42);
    }

    @Test
    void aChangedSourceIsBuilt() throws Exception {
        launch("plan");
        touch(source);

        assertThat(launch("plan").err()).startsWith(BUILDS);
    }

    @Test
    void aChangedPomIsBuilt() throws Exception {
        launch("plan");
        touch(root.resolve("pom.xml"));

        assertThat(launch("plan").err()).startsWith(BUILDS);
    }

    @Test
    void aRemovedSourceIsBuilt() throws Exception {
        launch("plan");
        Files.delete(source);
        touch(root.resolve("java/cli/src/main/java"));

        assertThat(launch("plan").err()).startsWith(BUILDS);
    }

    @Test
    void aFailedBuildIsOneMoreLineThatNamesTheLog() throws Exception {
        maven("echo what went wrong; exit 1");
        Cli cli = launch("plan");

        Path log = root.toRealPath().resolve("target/build.log");
        assertThat(cli.exitCode()).isEqualTo(1);
        assertThat(cli.errorLines())
                .hasSize(2)
                .last()
                .isEqualTo("deltapress: the build failed; its output is in " + log);
        assertThat(log).hasContent("what went wrong");
    }

    @Test
    void aBuildThatWasKilledIsDoneAgainFromItsSources() throws Exception {
        maven("mkdir -p java/cli/target/classes && touch java/cli/target/classes/half; kill -9 $$");
        launch("plan");
        maven(
                "[ ! -e java/cli/target/classes ] && mkdir -p java/cli/target && touch java/cli/target/built");

        assertThat(launch("plan").exitCode()).isEqualTo(42);
    }

    @Test
    void twoAtOnceBuildOnce() throws Exception {
        maven(
                "sleep 0.5; mkdir -p java/cli/target && touch java/cli/target/built && echo built >>builds");
        Process first = start("plan");
        Process second = start("plan");

        assertThat(first.waitFor()).isEqualTo(42);
        assertThat(second.waitFor()).isEqualTo(42);
        assertThat(root.resolve("builds")).hasContent("built");
    }

    @Test
    void withoutMavenTheLineSaysWhatToInstall() throws Exception {
        Files.delete(tools.resolve("mvn"));
        for (String tool : List.of("dirname", "find", "flock", "mkdir", "readlink", "rm", "stty")) {
            script(tools.resolve(tool), "#!/bin/sh\nPATH=/usr/bin:/bin exec " + tool + " \"$@\"\n");
        }
        ProcessBuilder builder = builder("plan");
        builder.environment().put("PATH", tools.toString());

        assertThat(finish(builder.start()))
                .isEqualTo(
                        new Cli(
                                1,
                                "",
                                "deltapress: not built yet, and there is no mvn on the PATH: install"
                                        + " Maven 3.8 or later\n"));
    }

    @Test
    void itWorksThroughLinksFromAnywhere() throws Exception {
        Files.createSymbolicLink(folder.resolve("one"), Path.of("source tree/deltapress"));
        Path two = Files.createSymbolicLink(tools.resolve("two"), Path.of("../one"));
        ProcessBuilder builder = builder("plan");
        builder.command().set(0, two.toString());

        assertThat(finish(builder.directory(tools.toFile()).start()).out())
                .endsWith("Main\nplan\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"25.0.3", "25.0.10", "25.1", "25.0.3.0.1"})
    void aJdk25IsTaken(String version) throws Exception {
        jdk = jdk(version);

        assertThat(launch("plan").exitCode()).isEqualTo(42);
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.2", "25.0.2.0.1", "24.0.3", "26", "26.0.3", "250.0.3"})
    void anotherJdkIsRefused(String version) throws Exception {
        jdk = jdk(version);

        assertThat(launch("plan"))
                .isEqualTo(
                        new Cli(
                                1,
                                "",
                                "deltapress: DELTAPRESS_JAVA="
                                        + jdk
                                        + " is not the home of a JDK 25 (25.0.3 or later, below"
                                        + " 26)\n"));
    }

    @Test
    void optionsOfTheUserComeAfterOurs() throws Exception {
        ProcessBuilder builder = builder("plan");
        builder.environment().put("DELTAPRESS_JAVA_OPTS", "-Xmx3g -Da=*");

        assertThat(finish(builder.start()).out())
                .containsSubsequence("-Xmx1g\n", "-Xmx3g\n-Da=*\n");
    }

    @Test
    void theArchiveOfClassesIsMadeOnceByARehearsalAndPassedOn() throws Exception {
        java(MAKES_ARCHIVES);

        Cli first = launch("plan");
        Cli second = launch("plan");

        assertThat(first.out()).contains("-XX:SharedArchiveFile=" + archive() + "\n");
        assertThat(second.out()).isEqualTo(first.out());
        assertThat(second.err()).isEmpty();
        assertThat(jdk.resolve("runs")).hasContent("rehearse\ndump\nother\nother");
        assertThat(siblings(archive())).containsExactly("built", "classes.jsa");
    }

    @Test
    void anArchiveThatCannotBeMadeIsNotTriedAgainNorPassedOn() throws Exception {
        Cli first = launch("plan");
        Files.delete(jdk.resolve("runs"));
        Cli second = launch("plan");

        assertThat(first.out()).doesNotContain("SharedArchiveFile");
        assertThat(second.out()).isEqualTo(first.out());
        assertThat(jdk.resolve("runs")).hasContent("other");
    }

    @Test
    void aLauncherThatWasKilledWhileItMadeTheArchiveIsFollowedByOneThatDoes() throws Exception {
        java("*rehearse*) exit ;;\n*-Xshare:dump*) echo half >\"$new\"; kill -9 $PPID; exit ;;\n");
        assertThat(launch("plan").exitCode()).isEqualTo(128 + 9);
        assertThat(archive()).doesNotExist();

        java(MAKES_ARCHIVES);
        Cli next = launch("plan");

        assertThat(next.exitCode()).isEqualTo(42);
        assertThat(next.err()).isEmpty();
        assertThat(archive()).hasContent("archive");
    }

    @Test
    void aNewBuildMakesANewArchive() throws Exception {
        java(MAKES_ARCHIVES);
        launch("plan");
        touch(source);
        maven("touch -d '+3 seconds' java/cli/target/built");
        launch("plan");

        assertThat(jdk.resolve("runs")).hasContent("rehearse\ndump\nother\nrehearse\ndump\nother");
    }

    @Test
    void anotherLauncherMakesANewArchive() throws Exception {
        java(MAKES_ARCHIVES);
        launch("plan");
        Files.delete(jdk.resolve("runs"));
        touch(root.resolve("deltapress"));
        launch("plan");

        assertThat(jdk.resolve("runs")).hasContent("rehearse\ndump\nother");
        assertThat(root.resolve("builds")).hasContent("built");
    }

    @Test
    void aBuildWithoutAnArchiveRunsWhereNothingCanBeWritten() throws Exception {
        launch("plan");
        Files.delete(archive());
        Path target = root.resolve("target");
        Files.delete(target.resolve("build.lock"));
        Files.delete(target.resolve("build.log"));
        Files.delete(target.resolve("archive.log"));
        Files.delete(target);
        Files.writeString(target, "in the way");

        assertThat(launch("plan")).isEqualTo(new Cli(42, launch("plan").out(), ""));
    }

    private Path archive() throws IOException {
        return root.toRealPath().resolve("java/cli/target/classes.jsa");
    }

    private static List<String> siblings(Path file) throws IOException {
        try (Stream<Path> listed = Files.list(file.getParent())) {
            return listed.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private Path jdk(String version) throws IOException {
        Path home = Files.createDirectories(folder.resolve("jdk " + version));
        Files.createDirectories(home.resolve("bin"));
        script(home.resolve("bin/javac"), "#!/bin/sh\n");
        Files.writeString(
                home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        jdk = home;
        java("");
        return home;
    }

    /** A JVM that notes what it is for and prints its arguments; first come these cases of it. */
    private void java(String cases) throws IOException {
        script(
                jdk.resolve("bin/java"),
                """
                #!/bin/sh
                for a; do case $a in -XX:SharedArchiveFile=*) new=${a#*=} ;; esac; done
                case "$*" in
                *rehearse*) run=rehearse ;;
                *-Xshare:dump*) run=dump ;;
                *) run=other ;;
                esac
                echo $run >>'%s'
                case "$*" in
                %sesac
                printf '%%s\\n' "$@"
                exit 42
                """
                        .formatted(jdk.resolve("runs"), cases));
    }

    private void maven(String commands) throws IOException {
        script(tools.resolve("mvn"), "#!/bin/sh\ncd '" + root + "' || exit\n" + commands + "\n");
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void touch(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(2)));
    }

    private Cli launch(String... arguments) throws Exception {
        return finish(start(arguments));
    }

    private Process start(String... arguments) throws IOException {
        return builder(arguments).start();
    }

    private ProcessBuilder builder(String... arguments) {
        var builder = new ProcessBuilder(root.resolve("deltapress").toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("DELTAPRESS_JAVA", jdk.toString());
        builder.environment().remove("DELTAPRESS_JAVA_OPTS");
        builder.environment().merge("PATH", tools + ":", (path, first) -> first + path);
        return builder;
    }

    private static Cli finish(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Cli(process.waitFor(), out, err);
    }
}
