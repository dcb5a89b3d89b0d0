package dev.deltapress.panama.parity;

import dev.deltapress.delta.Codebook;
import dev.deltapress.panama.parity.Operand.Element;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * What every runner is asked: all widths of codes and types; lengths of nothing, one, around
 * vectors and tiles, primes; NaN, infinities, -0 and subnormals; thresholds of nothing, of
 * everything and one beside. The same ones for the same seed.
 */
final class Cases {
    private static final int[] LENGTHS = {
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 61, 63, 64, 65, 127, 129, 255, 513, 1021,
        1023, 1024, 1025, 2047, 2048, 2049, 4099
    };

    /** Enough for several threads, tiles and pieces. */
    private static final int LARGE = 70_001;

    /** As stored, minus one: one of 2^32, all, one less, one more than one, half, anything. */
    private static final int[] THRESHOLDS = {0, -1, -2, 1, 0x7FFFFFFF, 0x12345678, 0x0FFFFFFF};

    private static final float[] SCALES = {1, 0.5f, 0.37f, 1e-3f, 2, 3e-39f, 1e30f};

    /** Zeros, NaNs, infinities, ends of ranges, subnormals, and ties of the 16-bit types. */
    private static final float[] SPECIAL = {
        0f,
        -0f,
        Float.NaN,
        Float.intBitsToFloat(0x7F800001),
        Float.intBitsToFloat(0xFFC12345),
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        65504f,
        65519.99f,
        65520f,
        -65520f,
        0x1p-24f,
        0x1p-25f,
        0x1.8p-24f,
        0x1.fep127f,
        0x1.fefffep127f,
        0x1.ffp127f,
        Float.intBitsToFloat(0x3F808000),
        Float.intBitsToFloat(0x3F818000),
        Float.intBitsToFloat(0x3F801000),
        Float.intBitsToFloat(0x3F803000)
    };

    private static final DType[] TYPES = {DType.F32, DType.F16, DType.BF16};
    private static final int HALF_BITS = 16;

    private final Random random;
    private final Consumer<Case> out;

    private Cases(long seed, Consumer<Case> out) {
        this.random = new Random(seed);
        this.out = out;
    }

    /** Hands over all cases, one by one. */
    static void forEach(long seed, Consumer<Case> out) {
        Cases cases = new Cases(seed, out);
        for (int n : LENGTHS) {
            cases.elementWise(n);
            cases.precision(n);
            cases.orient(5, n, n / 2 + 1);
            cases.masks(THRESHOLDS.length, n);
            cases.scales(n);
            cases.restore(7, 9, n);
            cases.restore(n % 11, n % 67, 33);
            cases.sparseRows(n, true);
            cases.sparseRows(n, false);
            for (int bits = 1; bits <= Codebook.MAX_BITS; bits++) {
                cases.codes(3, n, bits);
                cases.values(n, true, 0, 4, bits);
                cases.values(n, false, 0, 2, bits);
            }
            cases.values(n, true, 0, 4, HALF_BITS);
            cases.values(n, false, 0, 2, HALF_BITS);
            cases.values(n, true, 0, 2, HALF_BITS, 1, 8, 0, 5, 2, 3, 2, 1);
            cases.values(n, true, 5, 2, HALF_BITS, 2, 4);
        }
        cases.elementWise(LARGE);
        cases.precision(LARGE);
        cases.orient(3, LARGE, LARGE / 3);
        cases.masks(3, LARGE);
        cases.restore(19, 331, 2100);
        cases.restore(203, 70, 130); // components in three groups
        cases.sparseRows(LARGE, true);
        cases.codes(2, LARGE, 3);
        cases.values(LARGE, true, 0, 2, HALF_BITS, 2, 4);
        cases.errorSums((1 << 20) + 12_345, DType.BF16, DType.F16);
    }

    /** One mask of many draws. */
    static Case draws(long component, int entries) {
        return Case.of(
                "mask_draw",
                List.of(1L, 2L, component % 2, component, 1L, 0L, (long) entries),
                Operand.ints(THRESHOLDS[(int) (component % THRESHOLDS.length)]));
    }

    private void elementWise(int n) {
        for (DType x : TYPES) {
            for (DType y : TYPES) {
                out.accept(
                        Case.of(
                                "subtract",
                                List.of((long) n, type(x), type(y)),
                                tensor(x, n),
                                tensor(y, n)));
                out.accept(
                        Case.of(
                                "add",
                                List.of((long) n, type(x), type(y)),
                                tensor(x, n),
                                tensor(DType.F32, n)));
                errorSums(n, x, y);
            }
        }
    }

    private void errorSums(int n, DType tuned, DType restored) {
        out.accept(
                Case.of(
                        "error_sums",
                        List.of((long) n, type(tuned), type(restored)),
                        finite(DType.F32, n),
                        finite(DType.F32, n),
                        finite(tuned, n),
                        n % 3 == 0 ? tensor(restored, n) : finite(restored, n)));
    }

    private void precision(int n) {
        Operand x = tensor(DType.F32, n);
        out.accept(Case.of("widen", List.of((long) n), x));
        double[] wide = new double[n];
        for (int i = 0; i < n; i++) {
            // On both sides of a tie, and beyond the range.
            double value = x.floatAt(i);
            wide[i] = i % 5 == 4 ? value * 1e30 : value * (1 + (i % 7 - 3) * 0x1p-25);
        }
        out.accept(Case.of("narrow", List.of((long) n), Operand.doubles(wide)));
    }

    private void orient(int components, int uEntries, int vEntries) {
        Operand u = finite(DType.F32, components * uEntries);
        for (int c = 0; c < components && uEntries > 1; c++) {
            // Ties of either sign first, and a row of nothing.
            u.set((long) c * uEntries, c % 2 == 0 ? -1e30f : 1e30f);
            u.set((c + 1L) * uEntries - 1, c % 2 == 0 ? 1e30f : -1e30f);
            for (long i = 0; c == 3 && i < uEntries; i++) {
                u.set(c * (long) uEntries + i, -0f);
            }
        }
        out.accept(
                Case.of(
                        "orient",
                        List.of((long) components, (long) uEntries, (long) vEntries),
                        u,
                        finite(DType.F32, components * vEntries)));
    }

    private void restore(int components, int rows, int columns) {
        int uStride = rows + random.nextInt(3);
        int vStride = columns + random.nextInt(3);
        Operand u = tensor(DType.F32, components * uStride);
        for (int i = 0; i < u.count(); i++) {
            if (random.nextInt(3) == 0) {
                u.set(i, random.nextBoolean() ? 0f : -0f);
            }
        }
        for (DType base : TYPES) {
            for (DType restored : TYPES) {
                out.accept(
                        Case.of(
                                "restore",
                                List.of(
                                        (long) components,
                                        (long) rows,
                                        (long) columns,
                                        (long) uStride,
                                        (long) vStride,
                                        type(base),
                                        type(restored)),
                                u,
                                tensor(DType.F32, components * vStride),
                                tensor(base, rows * columns)));
            }
        }
    }

    private void sparseRows(int n, boolean masked) {
        int components = THRESHOLDS.length;
        List<Operand> mask = drawn(components, n);
        int stride = n + random.nextInt(3);
        for (long transpose = 0; transpose <= 1; transpose++) {
            out.accept(
                    Case.of(
                            "sparse_rows",
                            List.of((long) components, (long) n, (long) stride, transpose),
                            masked ? mask.get(0) : Operand.none(Element.U32),
                            masked ? mask.get(1) : Operand.none(Element.I64),
                            tensor(DType.F32, components * stride)));
        }
    }

    private static long type(DType dtype) {
        return Arrays.asList(TYPES).indexOf(dtype);
    }

    private Operand tensor(DType dtype, int n) {
        byte[] bytes = new byte[n * (dtype.bits() / Byte.SIZE)];
        MemorySegment data = MemorySegment.ofArray(bytes);
        for (int i = 0; i < n; i++) {
            Floats.set(data, dtype, i, number());
        }
        return new Operand(Element.of(dtype), bytes);
    }

    /** Of all sizes; now and then a special one, or any bits. */
    private float number() {
        return switch (random.nextInt(10)) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> Float.intBitsToFloat(random.nextInt());
            default -> Math.scalb((float) random.nextGaussian(), random.nextInt(60) - 30);
        };
    }

    private Operand finite(DType dtype, int n) {
        Operand operand = tensor(dtype, n);
        MemorySegment data = MemorySegment.ofArray(operand.bytes());
        for (int i = 0; i < n; i++) {
            if (!Float.isFinite(Floats.get(data, dtype, i))) {
                Floats.set(data, dtype, i, -0f);
            }
        }
        return operand;
    }

    private Operand thresholds(int components) {
        int[] stored = new int[components];
        for (int c = 0; c < components; c++) {
            stored[c] = THRESHOLDS[c % THRESHOLDS.length];
        }
        return Operand.ints(stored);
    }

    /** Of a whole factor, or a block somewhere in a large one. */
    private List<Long> mask(int components, int entries, boolean somewhere) {
        return List.of(
                random.nextLong(1L << 32),
                random.nextLong(1L << 32),
                random.nextLong(2),
                somewhere ? random.nextLong((1L << 32) - components) : 0L,
                (long) components,
                somewhere ? 4 * random.nextLong(1L << 31) : 0L,
                (long) entries);
    }

    private void masks(int components, int n) {
        for (boolean somewhere : new boolean[] {false, true}) {
            List<Long> mask = mask(components, n, somewhere);
            out.accept(Case.of("mask_draw", mask, thresholds(components)));
            List<Long> parameters = new ArrayList<>(mask);
            long xStride = (long) n + n % 3;
            parameters.add(xStride);
            parameters.add((long) n + n % 2);
            out.accept(
                    Case.of(
                            "mask_rescale",
                            parameters,
                            thresholds(components),
                            tensor(DType.F32, components * (int) xStride)));
        }
    }

    private List<Operand> drawn(int components, int n) {
        return new Scalar()
                .run(Case.of("mask_draw", mask(components, n, false), thresholds(components)));
    }

    private void scales(int n) {
        int components = THRESHOLDS.length;
        for (boolean masked : new boolean[] {false, true}) {
            int stride = n + 3;
            Operand words = masked ? drawn(components, n).get(0) : Operand.none(Element.U32);
            out.accept(
                    Case.of(
                            "component_scales",
                            List.of((long) components, (long) n, (long) stride),
                            words,
                            n % 2 == 0
                                    ? tensor(DType.F32, components * stride)
                                    : finite(DType.F32, components * stride)));
        }
    }

    /** Numbers of which many lie on boundaries. */
    private Operand values(int count, boolean special) {
        Operand values = special ? tensor(DType.F32, count) : finite(DType.F32, count);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(2) == 0) {
                values.set(i, (random.nextInt(513) - 256) / 128f);
            }
        }
        return values;
    }

    private Operand scaleOf(int components) {
        float[] scales = new float[components];
        for (int c = 0; c < components; c++) {
            scales[c] = SCALES[c % SCALES.length];
        }
        return Operand.floats(scales);
    }

    /** Tables of all widths: uneven, ascending. */
    private static Operand table(boolean boundaries) {
        float[] table = new float[Codebook.TABLE];
        for (int bits = 1; bits <= Codebook.MAX_BITS; bits++) {
            int end = 1 << bits;
            for (int i = 0; i < end; i++) {
                double u = boundaries ? (i + 1.0) / end : (i + 0.5) / end;
                table[Codebook.at(bits) + i] = (float) (u * 4 - 2 + (boundaries ? 0 : u * u / 64));
            }
        }
        return Operand.floats(table);
    }

    private void codes(int components, int n, int bits) {
        long stride = n + 1L;
        List<Long> shape = List.of((long) components, (long) n, (long) bits);
        List<Long> withStride = List.of((long) components, (long) n, (long) bits, stride);
        byte[] codes = new byte[components * n];
        random.nextBytes(codes);
        long[] offsets = new long[components];
        long at = 3;
        for (int c = 0; c < components; c++) {
            offsets[c] = at;
            at += Math.ceilDiv((long) n * bits, Byte.SIZE) + c; // with holes
        }
        byte[] packed = new byte[(int) at];
        random.nextBytes(packed);
        out.accept(
                Case.of(
                        "quantise",
                        withStride,
                        values(components * (int) stride, true),
                        scaleOf(components),
                        table(true)));
        out.accept(
                Case.of(
                        "dequantise",
                        withStride,
                        Operand.bytes(codes),
                        scaleOf(components),
                        table(false)));
        out.accept(
                Case.packing(
                        "pack_codes", shape, at + 2, Operand.bytes(codes), Operand.longs(offsets)));
        out.accept(Case.of("unpack_codes", shape, Operand.bytes(packed), Operand.longs(offsets)));
    }

    /**
     * A factor of groups, packed and unpacked.
     *
     * @param cut bytes that are missing at the end
     * @param groups components and bits of each
     */
    private void values(int n, boolean masked, int cut, int... groups) {
        int components = 0;
        boolean codes = false;
        for (int g = 0; g < groups.length; g += 2) {
            components += groups[g];
            codes |= groups[g + 1] != HALF_BITS;
        }
        List<Operand> mask = drawn(components, n);
        long[] all = new long[components];
        Arrays.fill(all, n);
        Operand survivors = masked ? mask.get(2) : Operand.longs(all);
        long[] others = random.longs(components, 0, 30).toArray();
        Case lying =
                Case.of(
                        "value_offsets",
                        with(groups, components, random.nextInt(8)),
                        survivors,
                        Operand.longs(others));
        out.accept(lying);
        List<Operand> offsets = new Scalar().run(lying);
        long packedBytes = Math.max(0, offsets.get(2).longAt(0) - cut);
        Operand words = masked ? mask.get(0) : Operand.none(Element.U32);
        Operand ranks = masked ? mask.get(1) : Operand.none(Element.I64);
        Operand scales = codes ? scaleOf(components) : Operand.none(Element.F32);
        int stride = n + random.nextInt(5);
        List<Long> parameters = with(groups, components, n, stride);
        Case packing =
                Case.packing(
                        "pack_values",
                        parameters,
                        packedBytes,
                        words,
                        ranks,
                        // An f16 NaN may be any, and here bytes are compared.
                        values(components * stride, false),
                        scales,
                        codes ? table(true) : Operand.none(Element.F32),
                        offsets.getFirst());
        out.accept(packing);
        double[] gains = random.doubles(components, 0, 2).toArray();
        boolean rescaled = masked || random.nextBoolean();
        out.accept(
                Case.of(
                        "unpack_values",
                        parameters,
                        words,
                        ranks,
                        new Scalar().run(packing).getFirst(),
                        offsets.getFirst(),
                        scales,
                        codes ? table(false) : Operand.none(Element.F32),
                        rescaled ? thresholds(components) : Operand.none(Element.U32),
                        random.nextBoolean() ? Operand.doubles(gains) : Operand.none(Element.F64)));
    }

    private static List<Long> with(int[] groups, long... before) {
        List<Long> parameters = new ArrayList<>();
        Arrays.stream(before).forEach(parameters::add);
        Arrays.stream(groups).forEach(number -> parameters.add((long) number));
        return parameters;
    }
}
