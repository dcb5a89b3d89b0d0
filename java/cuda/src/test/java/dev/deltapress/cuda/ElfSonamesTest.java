package dev.deltapress.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.deltapress.MalformedFileException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** JCuda's own libraries, and damaged ones. */
class ElfSonamesTest {
    static final List<JCudaNative> jcuda = JCudaNative.ALL;

    private static final JCudaNative BLAS = jcuda.get(1);
    private static final String FROM = "libcublas.so.12";
    private static final String TO = "libcublas.so.13";

    @TempDir private Path dir;

    @ParameterizedTest
    @CsvSource({
        // As the linker of binutils writes them.
        "'', 0",
        "GLIBC_2.2.5, 9691A75",
        "GLIBC_2.14, 6969194",
        "libcublas.so.12, EF62132",
        "libcublas.so.13, EF62133",
    })
    void theHashIsThatOfSystemV(String name, String hash) {
        assertThat(Integer.toHexString(ElfSonames.hash(name))).isEqualToIgnoringCase(hash);
    }

    @ParameterizedTest
    @FieldSource("jcuda")
    void forItsOwnMajorVersionALibraryStaysAsItIs(JCudaNative library) throws Exception {
        assertThat(library.contentFor(12)).isEqualTo(content(library));
    }

    /** One byte for each name, which DT_NEEDED and the version share, and one for each hash. */
    @ParameterizedTest
    @FieldSource("jcuda")
    void forCuda13NothingButTheNamesAndTheirHashesChanges(JCudaNative library) throws Exception {
        byte[] before = content(library);
        byte[] after = library.contentFor(13);

        long names =
                library.needed().stream().filter(l -> !l.soname(12).equals(l.soname(13))).count();
        assertThat(after).hasSameSizeAs(before);
        assertThat(differences(before, after)).isEqualTo(2 * names);
        String text = new String(after, StandardCharsets.ISO_8859_1);
        for (CudaLibrary needed : library.needed()) {
            assertThat(text).contains("\0" + needed.soname(13) + "\0");
        }
    }

    @ParameterizedTest
    @FieldSource("jcuda")
    void readelfSeesTheNewNamesInBothPlaces(JCudaNative library) throws Exception {
        assumeTrue(CompiledC.has("readelf"), "no readelf here; the loader reads them elsewhere");
        Path before = Files.write(dir.resolve("before"), content(library));
        Path after = Files.write(dir.resolve("after"), library.contentFor(13));

        String expected = readelf(before);
        for (CudaLibrary needed : library.needed()) {
            assertThat(expected)
                    .contains("Shared library: [" + needed.soname(12) + "]")
                    .contains("Name: " + needed.soname(12) + " ");
            expected = expected.replace(needed.soname(12), needed.soname(13));
        }
        assertThat(readelf(after)).isEqualTo(expected);
    }

    private static String readelf(Path file) throws Exception {
        return CompiledC.run(List.of("readelf", "--wide", "-d", "-V", file.toString()));
    }

    @Test
    void theLibrarysOwnBytesAreLeftAsTheyAre() throws Exception {
        byte[] content = content(BLAS);

        ElfSonames.rename("x", content, Map.of(FROM, TO));

        assertThat(content).isEqualTo(content(BLAS));
    }

    @Test
    void aNameThatIsNotNeededIsRefused() throws Exception {
        byte[] content = content(BLAS);

        assertThatThrownBy(() -> ElfSonames.rename("x", content, Map.of("libz.so.1", "libz.so.2")))
                .isInstanceOf(MalformedFileException.class)
                .hasMessage(
                        "x, DT_NEEDED: expected libz.so.1, found libpthread.so.0, librt.so.1, libdl.so.2, libcublas.so.12, libstdc++.so.6, libc.so.6, ld-linux-x86-64.so.2");
        assertThatThrownBy(() -> ElfSonames.rename("x", content, Map.of(FROM, "libcublas.so.9")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("libcublas.so.12 and libcublas.so.9 differ in length");
    }

    @Test
    void whatIsNoLibraryIsRefused() throws Exception {
        assertRefused(
                new byte[0],
                "x, header: expected 0x40 bytes from byte 0x0 on, found a file of 0x0 bytes");
        assertRefused(
                "#!/bin/sh\n".repeat(10).getBytes(StandardCharsets.US_ASCII),
                "x, byte 0, magic: expected 0x464c457f, found 0x622f2123");
        assertRefused(
                with(4, (byte) 1), "x, byte 4, class and byte order: expected 0x102, found 0x101");
        assertRefused(
                with(5, (byte) 2), "x, byte 4, class and byte order: expected 0x102, found 0x202");
        assertRefused(with(16, (byte) 2), "x, byte 16, type: expected 0x3, found 0x2");
        assertRefused(
                with(54, (byte) 32),
                "x, byte 54, bytes of a program header: expected 0x38, found 0x20");
    }

    @Test
    void damagedOffsetsAreRefused() throws Exception {
        assertRefused(
                with(39, (byte) 0x7F),
                "x, program headers: expected 0x230 bytes from byte 0x7f00000000000040 on, found a file of 0x18a230 bytes");
        assertRefused(with(56, (byte) 0), "x, program headers: expected a PT_DYNAMIC, found none");
    }

    @Test
    void aWrongHashIsRefused() throws Exception {
        byte[] content = content(BLAS);
        int hash = indexOf(content, ElfSonames.hash(FROM));
        content[hash]++;

        assertRefused(
                content,
                "x, version need 4, hash of libcublas.so.12: expected 0xef62132, found 0xef62133");
    }

    @Test
    void aChainOfVersionsThatRunsInACircleIsRefused() throws Exception {
        byte[] content = content(BLAS);
        int version = indexOf(content, ElfSonames.hash(FROM));
        // vn_cnt of the need right before it.
        content[version - 14] = 2;

        assertRefused(
                content,
                "x, version need 4: expected an entry of its own, found the one at byte %d again"
                        .formatted(version));
    }

    @Test
    void aLibraryCutAnywhereIsRefusedOrWhole() throws Exception {
        byte[] whole = content(BLAS);
        for (int size = 0; size < whole.length; size += 997) {
            byte[] cut = Arrays.copyOf(whole, size);
            try {
                assertThat(ElfSonames.rename("x", cut, Map.of(FROM, TO))).hasSize(size);
            } catch (MalformedFileException e) {
                assertThat(e).hasMessageStartingWith("x, ").hasMessageContaining(": expected ");
            }
        }
    }

    /** Nothing but our own error, and no endless loop, whatever the tables say. */
    @Test
    void randomDamageIsRefusedOrHarmless() throws Exception {
        byte[] whole = content(BLAS);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int[] tables = {0, 0x40, 0x152438, 0x14ba0};
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = whole.clone();
            for (int j = 0; j < 1 + i % 4; j++) {
                int table = tables[random.nextInt(tables.length)];
                damaged[table + random.nextInt(0x180)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(ElfSonames.rename("x", damaged, Map.of(FROM, TO)))
                        .as("seed %d", seed)
                        .hasSize(whole.length);
            } catch (MalformedFileException e) {
                assertThat(e).as("seed %d", seed).hasMessageContaining(": expected ");
            }
        }
    }

    private static void assertRefused(byte[] content, String message) {
        assertThatThrownBy(() -> ElfSonames.rename("x", content, Map.of(FROM, TO)))
                .isInstanceOf(MalformedFileException.class)
                .hasMessage(message);
    }

    private static byte[] with(int at, byte value) throws IOException {
        byte[] content = content(BLAS);
        content[at] = value;
        return content;
    }

    private static byte[] content(JCudaNative library) throws IOException {
        try (var in = ElfSonamesTest.class.getResourceAsStream("/lib/" + library.fileName())) {
            assertThat(in).isNotNull();
            return in.readAllBytes();
        }
    }

    private static int differences(byte[] a, byte[] b) {
        int count = 0;
        for (int i = 0; i < a.length; i++) {
            count += a[i] == b[i] ? 0 : 1;
        }
        return count;
    }

    /** Of the only 32-bit word of that value. */
    private static int indexOf(byte[] content, int value) {
        ByteBuffer words = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int found = -1;
        for (int i = 0; i + 4 <= content.length; i += 4) {
            if (words.getInt(i) == value) {
                assertThat(found).isEqualTo(-1);
                found = i;
            }
        }
        return found;
    }
}
