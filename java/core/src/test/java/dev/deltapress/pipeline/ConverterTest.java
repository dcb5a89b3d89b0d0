package dev.deltapress.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deltapress.DeltaPressException;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

class ConverterTest {
    private static final TensorRecord RECORD =
            new TensorRecord(
                    0,
                    "w",
                    null,
                    TensorRecord.Kind.EXACT,
                    DType.F32,
                    List.of(6L),
                    null,
                    null,
                    null,
                    null,
                    null);

    @Test
    void piecesLandWhereTheirElementsAreInTheOtherType() throws IOException {
        MemorySegment values = MemorySegment.ofArray(new byte[24]);
        MemorySegment halves = MemorySegment.ofArray(new byte[12]);
        for (int i = 0; i < 6; i++) {
            Floats.set(values, DType.F32, i, i + 0.5f);
        }
        Converter converter = converter(DType.F16, 8, halves);

        converter.write(0, values.asSlice(8, 8));
        converter.write(8, values.asSlice(16, 8));

        for (int i = 2; i < 6; i++) {
            assertThat(Floats.get(halves, DType.F16, i)).isEqualTo(i + 0.5f);
        }
        assertThat(Floats.get(halves, DType.F16, 1)).isZero();
    }

    @Test
    void theOwnTypePassesAsItIs() throws IOException {
        MemorySegment out = MemorySegment.ofArray(new byte[24]);

        converter(DType.F32, 4, out).write(8, MemorySegment.ofArray(new byte[] {1, 2, 3, 4}));

        assertThat(out.toArray(ValueLayout.JAVA_BYTE))
                .startsWith(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4);
    }

    @Test
    void aValueThatTheOtherTypeLacksIsAnError() {
        MemorySegment large = MemorySegment.ofArray(new byte[4]);
        Floats.set(large, DType.F32, 0, 1e30f);

        assertThatThrownBy(() -> converter(DType.F16, 0, large).write(0, large))
                .isInstanceOf(DeltaPressException.class)
                .hasMessage("here: 1 restored values are too large for the tensor's dtype");
    }

    private static Converter converter(DType to, long start, MemorySegment out) {
        return new Converter(
                RECORD,
                to,
                "here",
                start,
                (at, piece) -> out.asSlice(at, piece.byteSize()).copyFrom(piece));
    }
}
