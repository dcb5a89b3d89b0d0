package dev.deltapress.panama.parity;

import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.Codebook;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.Philox4x32;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * The meaning of all operations: plain loops, one rounding per step, never tuned. Everyone else is
 * held to it.
 */
final class Scalar implements Runner {
    private static final int TILE = 1024;
    private static final int TILE_WORDS = TILE / Integer.SIZE;
    private static final int PIECE = 1 << 20;
    private static final int STRIPES = 512;
    private static final int HALF_BITS = 16;

    @Override
    public boolean does(Case c) {
        return true;
    }

    @Override
    public List<Operand> run(Case c) {
        List<Operand> out = c.outputs();
        switch (c.operation()) {
            case "subtract" -> subtract(c, out);
            case "add" -> add(c, out);
            case "error_sums" -> errorSums(c, out);
            case "widen" -> widen(c, out);
            case "narrow" -> narrow(c, out);
            case "orient" -> orient(c, out);
            case "mask_draw" -> draw(c, out);
            case "mask_rescale" -> rescale(c, out);
            case "component_scales" -> scales(c, out);
            case "quantise" -> quantise(c, out);
            case "dequantise" -> dequantise(c, out);
            case "pack_codes" -> packCodes(c, out);
            case "unpack_codes" -> unpackCodes(c, out);
            case "value_offsets" -> offsets(c, out);
            case "pack_values" -> packValues(c, out);
            case "unpack_values" -> unpackValues(c, out);
            case "restore" -> restore(c, out);
            case "sparse_rows" -> sparseRows(c, out);
            default -> throw new IllegalArgumentException(c.operation());
        }
        return out;
    }

    private static float element(Operand x, int i) {
        MemorySegment data = MemorySegment.ofArray(x.bytes());
        DType dtype =
                switch (x.element()) {
                    case F32 -> DType.F32;
                    case F16 -> DType.F16;
                    default -> DType.BF16;
                };
        return Floats.get(data, dtype, i);
    }

    private static void store(Operand x, int i, float value) {
        MemorySegment data = MemorySegment.ofArray(x.bytes());
        switch (x.element()) {
            case F32 -> Floats.set(data, DType.F32, i, value);
            case F16 -> Floats.set(data, DType.F16, i, value);
            default -> Floats.set(data, DType.BF16, i, value);
        }
    }

    private static void subtract(Case c, List<Operand> out) {
        long nonFinite = 0;
        for (int i = 0; i < c.parameter(0); i++) {
            float difference = element(c.input(0), i) - element(c.input(1), i);
            out.get(0).set(i, difference);
            nonFinite += Float.isFinite(difference) ? 0 : 1;
        }
        out.get(1).set(0, nonFinite);
    }

    private static void add(Case c, List<Operand> out) {
        long overflows = 0;
        for (int i = 0; i < c.parameter(0); i++) {
            float sum = element(c.input(0), i) + c.input(1).floatAt(i);
            store(out.get(0), i, sum);
            overflows += Float.isFinite(sum) && Float.isInfinite(element(out.get(0), i)) ? 1 : 0;
        }
        out.get(1).set(0, overflows);
    }

    private static void errorSums(Case c, List<Operand> out) {
        int n = (int) c.parameter(0);
        Operand truth = c.input(0);
        Operand decoded = c.input(1);
        out.getFirst().set(0, squares(n, i -> truth.floatAt(i)));
        out.getFirst().set(1, squares(n, i -> (double) decoded.floatAt(i) - truth.floatAt(i)));
        out.getFirst()
                .set(2, squares(n, i -> (double) element(c.input(3), i) - element(c.input(2), i)));
    }

    /** The sum of squares in the order of {@code dp_error_sums}. */
    private static double squares(int n, IntToDoubleFunction values) {
        double sum = 0;
        for (int from = 0; from < n; from += PIECE) {
            double[] stripes = new double[STRIPES];
            for (int i = from; i < Math.min(n, from + PIECE); i++) {
                double value = values.applyAsDouble(i);
                stripes[(i - from) % STRIPES] += value * value;
            }
            for (int half = STRIPES / 2; half > 0; half /= 2) {
                for (int j = 0; j < half; j++) {
                    stripes[j] += stripes[j + half];
                }
            }
            sum += stripes[0];
        }
        return sum;
    }

    private static void widen(Case c, List<Operand> out) {
        for (int i = 0; i < c.parameter(0); i++) {
            out.getFirst().set(i, (double) c.input(0).floatAt(i));
        }
    }

    private static void narrow(Case c, List<Operand> out) {
        for (int i = 0; i < c.parameter(0); i++) {
            out.getFirst().set(i, (float) c.input(0).doubleAt(i));
        }
    }

    private static void orient(Case c, List<Operand> out) {
        for (int row = 0; row < c.parameter(0); row++) {
            float leading = 0;
            for (long i = row * c.parameter(1); i < (row + 1) * c.parameter(1); i++) {
                float value = c.input(0).floatAt(i);
                leading = Math.abs(value) > Math.abs(leading) ? value : leading;
            }
            for (int side = 0; side < 2; side++) {
                long entries = c.parameter(1 + side);
                for (long i = row * entries; i < (row + 1) * entries; i++) {
                    float value = c.input(side).floatAt(i);
                    out.get(side).set(i, leading < 0 ? -value : value);
                }
            }
        }
    }

    /** Whether entry (component, i) of the block of a mask survives. */
    private static boolean survives(Case c, int component, int i) {
        long entry = c.parameter(5) + i;
        int[] words = new int[4];
        Philox4x32.draw(
                (int) (entry / 4),
                (int) (c.parameter(3) + component),
                (int) c.parameter(2),
                0,
                (int) c.parameter(0),
                (int) c.parameter(1),
                words,
                0);
        return MaskKey.survives(words[(int) (entry % 4)], threshold(c.input(0), component));
    }

    /** As stored, minus one. */
    private static long threshold(Operand thresholds, int component) {
        return (thresholds.intAt(component) & 0xFFFFFFFFL) + 1;
    }

    private static void draw(Case c, List<Operand> out) {
        int entries = (int) c.parameter(6);
        int tiles = Math.ceilDiv(entries, TILE);
        Arrays.fill(out.get(0).bytes(), (byte) 0);
        for (int component = 0; component < c.parameter(4); component++) {
            long survivors = 0;
            for (int i = 0; i < entries; i++) {
                if (i % TILE == 0) {
                    out.get(1).set(component * tiles + i / TILE, survivors);
                }
                if (survives(c, component, i)) {
                    int word = component * tiles * TILE_WORDS + i / Integer.SIZE;
                    out.get(0).set(word, out.get(0).intAt(word) | 1 << (i % Integer.SIZE));
                    survivors++;
                }
            }
            out.get(2).set(component, survivors);
        }
    }

    private static float times(float x, double factor) {
        return (float) (x * factor);
    }

    private static double inverseKeep(Operand thresholds, int component) {
        return 0x1p32 / threshold(thresholds, component);
    }

    private static void rescale(Case c, List<Operand> out) {
        int xStride = (int) c.parameter(7);
        int outStride = (int) c.parameter(8);
        for (int component = 0; component < c.parameter(4); component++) {
            long survivors = 0;
            for (int i = 0; i < c.parameter(6); i++) {
                boolean survives = survives(c, component, i);
                float x = c.input(1).floatAt(component * xStride + i);
                float value = survives ? times(x, inverseKeep(c.input(0), component)) : 0;
                out.get(0).set(component * outStride + i, value);
                survivors += survives ? 1 : 0;
            }
            out.get(1).set(component, survivors);
        }
    }

    /** Whether a mask that was drawn, or none, keeps an entry. */
    private static boolean kept(Operand words, int component, int entries, int i) {
        int rowWords = Math.ceilDiv(entries, TILE) * TILE_WORDS;
        return words.isNone()
                || (words.intAt(component * rowWords + i / Integer.SIZE) >> (i % Integer.SIZE) & 1)
                        == 1;
    }

    private static void scales(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        for (int component = 0; component < c.parameter(0); component++) {
            int row = component;
            float[] values = new float[entries];
            float largest = 0;
            for (int i = 0; i < entries; i++) {
                if (kept(c.input(0), row, entries, i)) {
                    values[i] = c.input(1).floatAt((int) (row * c.parameter(2)) + i);
                }
                largest = Math.max(largest, Math.abs(values[i])); // NaN if either is
            }
            out.get(0).set(row, largest);
            out.get(1).set(row, squares(entries, i -> values[i]));
        }
    }

    private static Codebook codebook(int bits, Operand boundaries, Operand levels) {
        int from = Codebook.at(bits);
        float[] between = new float[(1 << bits) - 1];
        float[] values = new float[1 << bits];
        for (int i = 0; i < values.length; i++) {
            values[i] = levels.isNone() ? 0 : levels.floatAt(from + i);
        }
        for (int i = 0; i < between.length; i++) {
            between[i] = boundaries.isNone() ? i : boundaries.floatAt(from + i);
        }
        return new Codebook(between, values);
    }

    private static void quantise(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        Codebook book =
                codebook((int) c.parameter(2), c.input(2), Operand.none(Operand.Element.F32));
        for (int component = 0; component < c.parameter(0); component++) {
            for (int i = 0; i < entries; i++) {
                float x = c.input(0).floatAt(component * (int) c.parameter(3) + i);
                out.getFirst().bytes()[component * entries + i] =
                        (byte) book.encode(x, c.input(1).floatAt(component));
            }
        }
    }

    private static void dequantise(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        Codebook book =
                codebook((int) c.parameter(2), Operand.none(Operand.Element.F32), c.input(2));
        for (int component = 0; component < c.parameter(0); component++) {
            for (int i = 0; i < entries; i++) {
                int code = c.input(0).bytes()[component * entries + i];
                out.getFirst()
                        .set(
                                component * (int) c.parameter(3) + i,
                                book.decode(code, c.input(1).floatAt(component)));
            }
        }
    }

    private static void packCodes(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        int bits = (int) c.parameter(2);
        for (int component = 0; component < c.parameter(0); component++) {
            byte[] codes = new byte[entries];
            System.arraycopy(c.input(0).bytes(), component * entries, codes, 0, entries);
            write(codes, entries, bits, c.input(1).longAt(component), out.getFirst().bytes());
        }
    }

    /** Packs into bytes, dropping what would lie behind them. */
    private static void write(byte[] codes, int count, int bits, long at, byte[] packed) {
        byte[] stream = new byte[(int) CodeStream.byteSize(count, bits)];
        CodeStream.pack(codes, count, bits, MemorySegment.ofArray(stream), 0);
        copy(stream, 0, packed, (int) at);
    }

    private static void copy(byte[] from, int at, byte[] to, int toAt) {
        int count = Math.min(from.length - at, to.length - toAt);
        System.arraycopy(
                from, Math.min(at, from.length), to, Math.min(toAt, to.length), Math.max(0, count));
    }

    private static void unpackCodes(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        int bits = (int) c.parameter(2);
        for (int component = 0; component < c.parameter(0); component++) {
            byte[] codes = read(c.input(0).bytes(), c.input(1).longAt(component), entries, bits);
            System.arraycopy(codes, 0, out.getFirst().bytes(), component * entries, entries);
        }
    }

    /** Unpacks from bytes, taking what would lie behind them as 0. */
    private static byte[] read(byte[] packed, long at, int count, int bits) {
        byte[] stream = new byte[(int) CodeStream.byteSize(count, bits)];
        copy(packed, (int) at, stream, 0);
        byte[] codes = new byte[count];
        CodeStream.unpack(MemorySegment.ofArray(stream), 0, count, bits, codes);
        return codes;
    }

    /** Bits of a component's values; groups follow the parameters before {@code first}. */
    private static int bits(Case c, int first, int component) {
        long end = 0;
        for (int g = first; g < c.parameters().size(); g += 2) {
            end += c.parameter(g);
            if (component < end) {
                return (int) c.parameter(g + 1);
            }
        }
        throw new IllegalArgumentException(c + ": no group has component " + component);
    }

    private static void offsets(Case c, List<Operand> out) {
        long at = c.parameter(1);
        for (int component = 0; component < c.parameter(0); component++) {
            for (int side = 0; side < 2; side++) {
                if (!c.input(side).isNone()) {
                    out.get(side).set(component, at);
                    long count = c.input(side).longAt(component);
                    at += Math.ceilDiv(count * bits(c, 2, component), Byte.SIZE);
                }
            }
        }
        out.get(2).set(0, at);
    }

    private static void packValues(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        for (int component = 0; component < c.parameter(0); component++) {
            int bits = bits(c, 3, component);
            Codebook book =
                    codebook(
                            Math.min(bits, Codebook.MAX_BITS),
                            c.input(4),
                            Operand.none(Operand.Element.F32));
            byte[] values = new byte[entries * 2];
            int count = 0;
            for (int i = 0; i < entries; i++) {
                if (!kept(c.input(0), component, entries, i)) {
                    continue;
                }
                float x = c.input(2).floatAt(component * (int) c.parameter(2) + i);
                if (bits == HALF_BITS) {
                    short half = Float.floatToFloat16(x);
                    values[2 * count] = (byte) half;
                    values[2 * count + 1] = (byte) (half >> Byte.SIZE);
                } else {
                    values[count] = (byte) book.encode(x, c.input(3).floatAt(component));
                }
                count++;
            }
            long at = c.input(5).longAt(component);
            if (bits == HALF_BITS) {
                copy(Arrays.copyOf(values, 2 * count), 0, out.getFirst().bytes(), (int) at);
            } else {
                write(values, count, bits, at, out.getFirst().bytes());
            }
        }
    }

    private static void unpackValues(Case c, List<Operand> out) {
        int entries = (int) c.parameter(1);
        for (int component = 0; component < c.parameter(0); component++) {
            float[] values = values(c, component, entries);
            int next = 0;
            for (int i = 0; i < entries; i++) {
                boolean kept = kept(c.input(0), component, entries, i);
                out.getFirst()
                        .set(
                                component * (int) c.parameter(2) + i,
                                kept ? rescaled(c, component, values[next++]) : 0);
            }
        }
    }

    private static float rescaled(Case c, int component, float value) {
        Operand thresholds = c.input(6);
        Operand gains = c.input(7);
        float rescaled =
                thresholds.isNone() ? value : times(value, inverseKeep(thresholds, component));
        return gains.isNone() ? rescaled : times(rescaled, gains.doubleAt(component));
    }

    /** As many values as there can be, before they are rescaled. */
    private static float[] values(Case c, int component, int entries) {
        int bits = bits(c, 3, component);
        byte[] packed = c.input(2).bytes();
        long at = c.input(3).longAt(component);
        float[] values = new float[entries];
        if (bits == HALF_BITS) {
            byte[] halves = new byte[2 * entries];
            copy(packed, (int) at, halves, 0);
            for (int i = 0; i < entries; i++) {
                int half = (halves[2 * i] & 0xFF) | halves[2 * i + 1] << Byte.SIZE;
                values[i] = Float.float16ToFloat((short) half);
            }
        } else {
            Codebook book = codebook(bits, Operand.none(Operand.Element.F32), c.input(5));
            byte[] codes = read(packed, at, entries, bits);
            for (int i = 0; i < entries; i++) {
                values[i] = book.decode(codes[i], c.input(4).floatAt(component));
            }
        }
        return values;
    }

    private static void restore(Case c, List<Operand> out) {
        int columns = (int) c.parameter(2);
        long overflows = 0;
        for (int i = 0; i < c.parameter(1); i++) {
            for (int j = 0; j < columns; j++) {
                float delta = 0;
                for (int k = 0; k < c.parameter(0); k++) {
                    float u = c.input(0).floatAt(k * c.parameter(3) + i);
                    float v = c.input(1).floatAt(k * c.parameter(4) + j);
                    delta = u == 0 ? delta : Math.fma(u, v, delta);
                }
                int at = i * columns + j;
                float sum = element(c.input(2), at) + delta;
                store(out.get(0), at, sum);
                boolean infinite = Float.isInfinite(element(out.get(0), at));
                overflows += infinite && Float.isFinite(sum) ? 1 : 0;
            }
        }
        out.get(1).set(0, overflows);
    }

    private static void sparseRows(Case c, List<Operand> out) {
        boolean transpose = c.parameter(3) == 1;
        int entries = (int) c.parameter(1);
        long rows = transpose ? entries : c.parameter(0);
        long columns = transpose ? c.parameter(0) : entries;
        int next = 0;
        for (int row = 0; row < rows; row++) {
            out.get(0).set(row, next);
            for (int column = 0; column < columns; column++) {
                int component = transpose ? column : row;
                int i = transpose ? row : column;
                if (kept(c.input(0), component, entries, i)) {
                    out.get(1).set(next, column);
                    out.get(2).set(next++, c.input(2).floatAt(component * c.parameter(2) + i));
                }
            }
        }
        out.get(0).set(rows, next);
    }
}
