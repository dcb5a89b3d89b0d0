package dev.deltapress.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

class SignBlockTest {
    private static final MaskKey KEY = new MaskKey(0, 0);
    private static final float[] VALUES = {1, -2, 0, -0f, 3, 0.25f, -1, 2, -4, 5, 6, -7};

    /** Mean magnitude of {@link #VALUES}, 31.25 / 12 in f32. */
    private static final float SCALE = 2.6041667f;

    @Test
    void everyElementBecomesTheMeanMagnitudeWithItsSign() {
        byte[] block = encoded(4, 3);

        float[] expected = new float[VALUES.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = VALUES[i] > 0 ? SCALE : -SCALE;
        }
        assertThat(decoded(block, 4, 3, 0, 4)).containsExactly(expected);
        assertThat(decoded(block, 4, 3, 1, 3)).containsExactly(Arrays.copyOfRange(expected, 3, 9));
        assertThat(block).hasSize(8 + 2);
    }

    @Test
    void aBlockMayBeFollowedByAnother() {
        byte[] two = Arrays.copyOf(encoded(4, 3), 20);

        assertThat(read(two, 4, 3).byteSize()).isEqualTo(10);
    }

    @Test
    void noElementsHaveNoSigns() {
        byte[] block = new byte[8];
        try (Arena arena = Arena.ofConfined()) {
            SignBlock.encode(Matrix.allocate(arena, 0, 3), MemorySegment.ofArray(block));
        }

        assertThat(block).containsOnly(0);
        assertThat(decoded(block, 0, 3, 0, 0)).isEmpty();
    }

    @Test
    void whatBreaksARuleIsRefusedWithItsByte() {
        for (int length = 0; length < 10; length++) {
            byte[] cut = Arrays.copyOf(encoded(4, 3), length);
            requireRefused(cut, "here: byte %d: a block of 10 bytes, found %1$d".formatted(length));
        }
        requireRefused(with(3, 0x7F, 2, 0xC0), "here: byte 0: scale NaN, expected a finite one");
        requireRefused(with(3, 0xC0, 3, 0xC0), "here: byte 0: scale -");
        requireRefused(with(4, 1, 4, 1), "here: byte 4: reserved field is 1: written by a newer");
        requireRefused(with(9, 0x10, 9, 0x10), "here: byte 9: unused bits behind the signs");
    }

    private static byte[] with(int at, int value, int at2, int value2) {
        byte[] block = encoded(4, 3);
        block[at] = (byte) value;
        block[at2] = (byte) value2;
        return block;
    }

    private static void requireRefused(byte[] block, String message) {
        assertThatThrownBy(() -> read(block, 4, 3))
                .isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(message);
    }

    private static byte[] encoded(int rows, int columns) {
        byte[] block = new byte[Math.toIntExact(SignBlock.byteSize(rows, columns))];
        try (Arena arena = Arena.ofConfined()) {
            Matrix values = Matrix.copyOf(arena, rows, columns, VALUES);
            SignBlock.encode(values, MemorySegment.ofArray(block));
        }
        return block;
    }

    private static ElementBlock read(byte[] block, int rows, int columns) {
        MemorySegment bytes = MemorySegment.ofArray(block);
        return ElementBlock.read(Kind.SIGNS, bytes, rows, columns, KEY, "here");
    }

    private static float[] decoded(byte[] block, int rows, int columns, int from, int to) {
        byte[] out = new byte[(to - from) * columns * Float.BYTES];
        read(block, rows, columns).decode(from, to, MemorySegment.ofArray(out));
        return MemorySegment.ofArray(out).toArray(Floats.FLOAT32);
    }
}
