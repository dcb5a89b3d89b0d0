package dev.deltapress.bench;

import dev.deltapress.checkpoint.PlannedTensor;
import dev.deltapress.checkpoint.SafetensorsWriter;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A delta as one F32 tensor named "a" of a safetensors file: {@link SpikedDelta} with a bulk of
 * deviation 1 and spikes for a third of the rank.
 */
final class SyntheticMatrix {
    static final String NAME = "a";
    private static final int BLOCK_ROWS = 256;

    private SyntheticMatrix() {}

    static SpikedDelta delta(int rows, int columns, long seed) {
        int spikes = Math.max(1, Math.min(rows, columns) / 3);
        return new SpikedDelta(seed, NAME, rows, columns, 1, spikes);
    }

    /** Writes a file that does not exist yet. */
    static void write(Path file, int rows, int columns, long seed) throws IOException {
        PlannedTensor a = new PlannedTensor(NAME, DType.F32, Shape.of(rows, columns));
        float[] block = new float[BLOCK_ROWS * columns];
        try (SafetensorsWriter out = SafetensorsWriter.canonical(file, List.of(a), Map.of());
                SpikedDelta delta = delta(rows, columns, seed);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate((long) block.length * Float.BYTES);
            for (int row = 0; row < rows; row += BLOCK_ROWS) {
                int count = Math.min(BLOCK_ROWS, rows - row);
                delta.rows(row, count, block);
                MemorySegment.copy(block, 0, bytes, Matrix.LAYOUT, 0, count * columns);
                out.write(NAME, bytes.asSlice(0, (long) count * columns * Float.BYTES));
            }
        }
    }
}
