package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** The worked examples of docs/format.md, read from the page. */
class FormatPageTest {
    private static final Path PAGE = Path.of("../../docs/format.md");
    private static final Pattern EXAMPLE = Pattern.compile("```hex\n(.*?)```", Pattern.DOTALL);
    private static final MaskKey KEY = new MaskKey(0, 0);

    @Test
    void theExactBlockOfThePageDecodesToItsValuesAndIsWhatWeWrite() throws IOException {
        requireExact(example(4, 0), DType.F32, floats(1, -0x1.ffcp0f, 0.5f), floats(1, -2, 0.5f));
    }

    @Test
    void theResidualsOfThePageDecodeToTheirValuesAndAreWhatWeWrite() throws IOException {
        MemorySegment words = MemorySegment.ofArray(new byte[6]);
        for (int i = 0; i < 3; i++) {
            words.setAtIndex(Floats.WORD16, i, Floats.toBf16(1 + i / 2f));
        }
        requireExact(example(4, 1), DType.BF16, words, words);
    }

    private static void requireExact(
            byte[] block, DType dtype, MemorySegment base, MemorySegment values)
            throws IOException {
        MemorySegment decoded = MemorySegment.ofArray(new byte[(int) values.byteSize()]);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment direct =
                    arena.allocate(block.length).copyFrom(MemorySegment.ofArray(block));
            ExactBlock.decode(direct, dtype, base, decoded, "page");
        }
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ExactBlock.encode(dtype, values, base, Channels.newChannel(written));

        assertThat(decoded.mismatch(values)).isEqualTo(-1);
        assertThat(hex(written.toByteArray())).isEqualTo(hex(block));
    }

    @Test
    void theFactorBlockOfThePageDecodesToItsDeltaAndIsWhatWeWrite() throws IOException {
        byte[] page = example(5, 0);
        MemorySegment bytes = MemorySegment.ofArray(page);
        FactorBlock block = FactorBlock.readHeader(bytes, 2, 3, "page");
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = Matrix.allocate(arena, 1, 2);
            Matrix vt = Matrix.allocate(arena, 1, 3);
            Matrix delta = Matrix.allocate(arena, 2, 3);
            assertThat(block.unpack(bytes, KEY, ut, vt, "page")).isEqualTo(page.length);
            Kernels.best().multiply(ut, true, vt, false, delta);
            MemorySegment expected = floats(1, 0, 0.25f, -2, 0, -0.5f);
            for (int i = 0; i < 6; i++) {
                assertThat(delta.get(i / 3, i % 3))
                        .isEqualTo(expected.getAtIndex(Floats.FLOAT32, i));
            }

            byte[] written = new byte[page.length];
            Matrix u = Matrix.copyOf(arena, 1, 2, new float[] {0.5f, -1});
            Matrix v = Matrix.copyOf(arena, 1, 3, new float[] {1, 0, 0.25f});
            new FactorBlock(2, 3, 1, new float[] {2}, new long[] {MaskKey.KEEP_ALL})
                    .pack(u, v, KEY, MemorySegment.ofArray(written));
            assertThat(hex(written)).isEqualTo(hex(page));
        }
    }

    @Test
    void theCodesOfThePageDecodeToTheirDeltaAndAreWhatWeWrite() throws IOException {
        byte[] page = example(5, 1);

        assertThat(decoded(page, 2, 3)).containsExactly(1, -1, 1, -3, 3, -3);
        byte[] written = new byte[page.length];
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.copyOf(arena, 1, 2, new float[] {0.02f, -0.06f});
            Matrix v = Matrix.copyOf(arena, 1, 3, new float[] {3, -3, 3});
            MemorySegment out = MemorySegment.ofArray(written);
            FactorBlock header = header(page, 2, 3);
            assertThat(header.pack(u, v, KEY, out)).isEqualTo(page.length);
            // Scales that were found are close to those of the page, not equal.
            header.withMultipliers(new double[] {4}).writeHeader(out);
        }
        assertThat(hex(written)).isEqualTo(hex(page));
    }

    @Test
    void theGroupsOfThePageDecodeToTheirDeltaAndAreWhatWeWrite() throws IOException {
        byte[] page = example(5, 2);

        assertThat(decoded(page, 2, 2))
                .containsExactly(1.2450942f, -0.24018836f, -4.1519456f, 3.8038912f);
        byte[] written = new byte[page.length];
        try (Arena arena = Arena.ofConfined()) {
            Matrix u = Matrix.copyOf(arena, 2, 2, new float[] {0.5f, -1, 0.245f, -2.152f});
            Matrix v = Matrix.copyOf(arena, 2, 2, new float[] {1, 0.25f, 1, -2});
            MemorySegment out = MemorySegment.ofArray(written);
            FactorBlock header = header(page, 2, 2);
            assertThat(header.pack(u, v, KEY, out)).isEqualTo(page.length);
            header.withMultipliers(new double[] {2, 1}).writeHeader(out);
        }
        assertThat(hex(written)).isEqualTo(hex(page));
    }

    private static FactorBlock header(byte[] block, int rows, int columns) {
        return FactorBlock.readHeader(MemorySegment.ofArray(block), rows, columns, "page");
    }

    private static float[] decoded(byte[] page, int rows, int columns) {
        FactorBlock block = header(page, rows, columns);
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = Matrix.allocate(arena, block.rank(), rows);
            Matrix vt = Matrix.allocate(arena, block.rank(), columns);
            Matrix delta = Matrix.allocate(arena, rows, columns);
            long bytes = block.unpack(MemorySegment.ofArray(page), KEY, ut, vt, "page");
            assertThat(bytes).isEqualTo(page.length);
            Kernels.best().multiply(ut, true, vt, false, delta);
            return delta.data().toArray(Matrix.LAYOUT);
        }
    }

    @Test
    void theEntropyCodedGroupOfThePageDecodesToItsCodesAndIsWhatWeWrite() throws IOException {
        byte[] page = example(7, 0);
        byte[] bits = HexFormat.of().parseHex("243F6A8885A308D31319");
        byte[] codes = new byte[80];
        CodeStream.unpack(MemorySegment.ofArray(bits), 0, codes.length, 1, codes);
        byte[] decoded = new byte[codes.length];

        EntropyCode.read(MemorySegment.ofArray(page), 0, codes.length, 1, "page").decode(decoded);

        assertThat(decoded).isEqualTo(codes);
        assertThat(hex(EntropyCode.encode(codes, codes.length, 1))).isEqualTo(hex(page));
    }

    @Test
    void theSignsOfThePageDecodeToTheirDeltaAndAreWhatWeWrite() throws IOException {
        byte[] page = example(8, 0);
        float[] delta = {0.5f, -0.5f, -0.5f, -0.5f, 0.5f, 0.5f};

        assertThat(elements(Kind.SIGNS, page, 2, 3)).containsExactly(delta);
        byte[] written = new byte[page.length];
        try (Arena arena = Arena.ofConfined()) {
            SignBlock.encode(Matrix.copyOf(arena, 2, 3, delta), MemorySegment.ofArray(written));
        }
        assertThat(hex(written)).isEqualTo(hex(page));
    }

    @Test
    void thePatchOfThePageDecodesToItsDeltaAndIsWhatWeWrite() throws IOException {
        byte[] page = example(10, 0);
        double[] patch = new double[16];
        Arrays.fill(patch, -0.7978846f);
        patch[0] = 0.7978846f;
        new CosineTransform(4).inverse(patch);

        float[] delta = elements(Kind.BLOCKS, page, 4, 4);

        for (int i = 0; i < patch.length; i++) {
            assertThat(delta[i]).isEqualTo((float) patch[i]);
        }
        PatchLayout layout = new PatchLayout(4, 4, 4, Grid.GAUSSIAN, false, false, List.of(1));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written =
                    PatchBlock.encode(Matrix.copyOf(arena, 4, 4, delta), layout, new byte[1]);
            // The writer's unit brings the largest scalar to 2^14.
            assertThat(written.asSlice(11, 2).toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 0);
        }
    }

    @Test
    void theEntriesOfThePageDecodeToTheirDeltaAndAreWhatWeWrite() throws IOException {
        byte[] page = example(9, 0);
        float[] delta = {1, 2, 3, 4, -0.5f, 6, 7, 0.25f, 9, 10, 11, 12};

        assertThat(elements(Kind.ENTRIES, page, 3, 4))
                .containsExactly(16, 0, 0, 0, -8, 0, 0, 4, 0, 0, 0, 0);
        try (Arena arena = Arena.ofConfined()) {
            Matrix values = Matrix.copyOf(arena, 3, 4, delta);
            KeptEntries kept = KeptEntries.of(new EntryMask.Bernoulli(1L << 28), KEY, values);
            assertThat(hex(EntryBlock.encode(kept, EntryCode.half(kept), 16))).isEqualTo(hex(page));
        }
    }

    @Test
    void theStoredPositionsOfThePageDecodeAndAreWhatWeWrite() throws IOException {
        byte[] page = example(9, 1);
        float[] delta = {0, 0, 0, -0.5f, 0, 0, 0, 0, 1, 0};

        assertThat(elements(Kind.ENTRIES, page, 2, 5)).containsExactly(delta);
        PositionWriter positions = new PositionWriter(10, 2);
        positions.add(3);
        positions.add(8);
        try (Arena arena = Arena.ofConfined()) {
            Matrix values = Matrix.copyOf(arena, 2, 5, delta);
            KeptEntries kept = KeptEntries.of(positions.mask(), KEY, values);
            EntryCode code = new EntryCode(Grid.SYMMETRIC, 2, 0.5, 0.5f, new float[0]);
            assertThat(hex(EntryBlock.encode(kept, code, 1))).isEqualTo(hex(page));
        }
    }

    private static String hex(MemorySegment block) {
        return hex(block.toArray(ValueLayout.JAVA_BYTE));
    }

    private static float[] elements(Kind kind, byte[] page, int rows, int columns) {
        ElementBlock block =
                ElementBlock.read(kind, MemorySegment.ofArray(page), rows, columns, KEY, "page");
        assertThat(block.byteSize()).isEqualTo(page.length);
        MemorySegment out = floats(new float[rows * columns]);
        block.decode(0, rows, out);
        return out.toArray(Floats.FLOAT32);
    }

    /** An example of a section of the page, counted from 0. */
    private static byte[] example(int section, int number) throws IOException {
        String text = Files.readString(PAGE);
        int start = text.indexOf("\n## " + section + ". ");
        assertThat(start).isPositive();
        int end = text.indexOf("\n## ", start + 1);
        String digits =
                EXAMPLE.matcher(text.substring(start, end < 0 ? text.length() : end))
                        .results()
                        .skip(number)
                        .findFirst()
                        .orElseThrow()
                        .group(1);
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").withUpperCase().formatHex(bytes);
    }

    private static MemorySegment floats(float... values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * values.length]);
        MemorySegment.copy(values, 0, bytes, Floats.FLOAT32, 0, values.length);
        return bytes;
    }
}
