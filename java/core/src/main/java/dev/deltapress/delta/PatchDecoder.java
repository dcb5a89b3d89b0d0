package dev.deltapress.delta;

import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Decodes rows of patches of a {@link PatchBlock}, from scalars and codes on. For one thread. */
final class PatchDecoder {
    private final PatchLayout layout;
    private final float unit;
    private final MemorySegment block;
    private final byte[] tags;
    private final CosineTransform transform;
    private final Codebook[] books;
    private final double[] patch;
    private final byte[] codes;
    private final float[] row;
    private long scalarAt;
    private long codeAt;

    PatchDecoder(PatchLayout layout, float unit, MemorySegment block, byte[] tags) {
        this.layout = layout;
        this.unit = unit;
        this.block = block;
        this.tags = tags;
        this.transform = new CosineTransform(layout.side());
        this.books = PatchQuantiser.books(layout);
        this.patch = new double[layout.elements()];
        this.codes = new byte[layout.elements()];
        this.row = new float[layout.side()];
    }

    /** Goes to the first patch of a row. */
    void seek(long scalar, long code) {
        scalarAt = scalar;
        codeAt = code;
    }

    /**
     * Decodes the patches of a row of them.
     *
     * @param from first row of the matrix that is wanted
     * @param to row behind the last that is wanted
     * @param out receives rows {@code from} to {@code to - 1}
     */
    void decodeRow(int patchRow, int from, int to, MemorySegment out) {
        int side = layout.side();
        int first = patchRow * side;
        for (int j = 0; j < layout.across(); j++) {
            decodePatch(tags[patchRow * layout.across() + j]);
            int columns = Math.min(side, layout.columns() - j * side);
            for (int i = Math.max(from, first); i < Math.min(to, first + side); i++) {
                for (int k = 0; k < columns; k++) {
                    row[k] = (float) patch[(i - first) * side + k];
                }
                long at = (long) (i - from) * layout.columns() + (long) j * side;
                MemorySegment.copy(row, 0, out, Floats.FLOAT32, at * Float.BYTES, columns);
            }
        }
    }

    private void decodePatch(int tag) {
        int bits = layout.widths().get(tag);
        if (bits == 0) {
            Arrays.fill(patch, layout.means() ? nextScalar() : 0);
            return;
        }
        double offset = layout.offsets() ? nextScalar() : 0;
        double scale = nextScalar();
        CodeStream.unpack(block, codeAt, codes.length, bits, codes);
        codeAt += layout.codeBytes(tag);
        float[] levels = books[tag].levels();
        for (int i = 0; i < patch.length; i++) {
            patch[i] = offset + levels[codes[i] & 0xFF] * scale;
        }
        transform.inverse(patch);
    }

    private double nextScalar() {
        float value = Float.float16ToFloat(block.get(Floats.WORD16, scalarAt));
        scalarAt += Short.BYTES;
        return (double) value * unit;
    }
}
