package dev.deltapress.delta;

import dev.deltapress.linalg.Matrix;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Finds scalars and codes of the patches of a {@link PatchBlock}. With offsets the levels reach
 * from the least to the largest coefficient; without, the scale is the one of least squared error
 * near what suits a normal distribution. For one thread.
 */
final class PatchQuantiser {
    /** Exponent of the largest scalar in units of the block. */
    private static final int TOP_EXPONENT = 14;

    /** Times that codes are fitted to a scale and the scale to the codes. */
    private static final int FITS = 4;

    private final Matrix values;
    private final PatchLayout layout;
    private final byte[] tags;
    private final CosineTransform transform;
    private final Codebook[] books;
    private final double[] patch;
    private final float[] coefficients;
    private final byte[] codes;
    private final float[] row;

    /** Of all patches, in their order. */
    private final double[] scalars;

    PatchQuantiser(Matrix values, PatchLayout layout, byte[] tags) {
        this.values = values;
        this.layout = layout;
        this.tags = tags;
        this.transform = new CosineTransform(layout.side());
        this.books = books(layout);
        this.patch = new double[layout.elements()];
        this.coefficients = new float[layout.elements()];
        this.codes = new byte[layout.elements()];
        this.row = new float[layout.side()];
        int count = 0;
        for (byte tag : tags) {
            count += layout.scalars(tag);
        }
        this.scalars = new double[count];
        findScalars();
    }

    /** Codebooks of the widths; those of width 0 are not used. */
    static Codebook[] books(PatchLayout layout) {
        return layout.widths().stream()
                .map(bits -> layout.grid().codebook(Math.max(1, bits)))
                .toArray(Codebook[]::new);
    }

    /** The power of two in units of which scalars are written. */
    float unit() {
        double largest = 0;
        for (double scalar : scalars) {
            largest = Math.max(largest, Math.abs(scalar));
        }
        if (largest == 0) {
            return 1;
        }
        int exponent = Math.getExponent(largest) - TOP_EXPONENT;
        return Math.scalb(1f, Math.clamp(exponent, Float.MIN_EXPONENT, Float.MAX_EXPONENT));
    }

    private void findScalars() {
        int next = 0;
        for (int p = 0; p < tags.length; p++) {
            int bits = layout.widths().get(tags[p]);
            if (layout.scalars(tags[p]) == 0) {
                continue;
            }
            load(p);
            transform.forward(patch);
            if (bits == 0) {
                scalars[next++] = patch[0] / layout.side();
            } else if (layout.offsets()) {
                double least = Double.POSITIVE_INFINITY;
                double most = Double.NEGATIVE_INFINITY;
                for (double value : patch) {
                    least = Math.min(least, value);
                    most = Math.max(most, value);
                }
                scalars[next++] = (least + most) / 2;
                float[] levels = books[tags[p]].levels();
                scalars[next++] = (most - least) / (levels[levels.length - 1] - levels[0]);
            } else {
                scalars[next++] = fittedScale(books[tags[p]]);
            }
        }
    }

    private double fittedScale(Codebook book) {
        double squares = 0;
        for (int i = 0; i < patch.length; i++) {
            coefficients[i] = (float) patch[i];
            squares += patch[i] * patch[i];
        }
        double scale = Math.sqrt(squares / patch.length) * layout.grid().normalScale(book.bits());
        for (int fit = 0; fit < FITS && scale > 0; fit++) {
            book.encode(coefficients, (float) scale, codes, coefficients.length);
            double products = 0;
            double norms = 0;
            for (int i = 0; i < patch.length; i++) {
                double level = book.levels()[codes[i] & 0xFF];
                products += level * patch[i];
                norms += level * level;
            }
            scale = products / norms;
        }
        return scale;
    }

    /** Writes scalars and codes. */
    void write(MemorySegment out, long at) {
        float unit = unit();
        long codeAt = at + (long) Short.BYTES * scalars.length;
        for (int i = 0; i < scalars.length; i++) {
            short word = Float.floatToFloat16((float) (scalars[i] / unit));
            out.set(Floats.WORD16, at + (long) Short.BYTES * i, word);
            scalars[i] = (double) Float.float16ToFloat(word) * unit;
        }
        int next = 0;
        for (int p = 0; p < tags.length; p++) {
            int count = layout.scalars(tags[p]);
            int bits = layout.widths().get(tags[p]);
            if (bits > 0) {
                load(p);
                transform.forward(patch);
                double offset = count == 2 ? scalars[next] : 0;
                encode(books[tags[p]], offset, (float) scalars[next + count - 1]);
                CodeStream.pack(codes, codes.length, bits, out, codeAt);
                codeAt += layout.codeBytes(tags[p]);
            }
            next += count;
        }
    }

    private void encode(Codebook book, double offset, float scale) {
        for (int i = 0; i < patch.length; i++) {
            coefficients[i] = (float) (patch[i] - offset);
        }
        // Without a scale all levels are the same.
        book.encode(coefficients, scale > 0 ? scale : 1, codes, coefficients.length);
    }

    private void load(int p) {
        int side = layout.side();
        int firstRow = p / layout.across() * side;
        int firstColumn = p % layout.across() * side;
        int columns = Math.min(side, layout.columns() - firstColumn);
        Arrays.fill(patch, 0);
        for (int i = 0; i < Math.min(side, layout.rows() - firstRow); i++) {
            values.copyRow(firstRow + i, firstColumn, columns, row, 0);
            for (int j = 0; j < columns; j++) {
                patch[i * side + j] = row[j];
            }
        }
    }
}
