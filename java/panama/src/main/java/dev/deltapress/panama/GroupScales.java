package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.ScaleSearch;
import dev.deltapress.tensor.DType;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Finds the scales of grids where the factors are: of their entries only sums come to the host.
 * What {@link ScaleSearch} asks for is made of codes of all entries, what these stand for, and the
 * sum of squares of the difference over survivors.
 */
final class GroupScales {
    private final Scratch scratch;
    private final GridTables tables;
    private final DrawnSide drawn;
    private final MemorySegment factor;

    /** The factor's rows are its components, without gaps. */
    GroupScales(Scratch scratch, GridTables tables, DrawnSide drawn, MemorySegment factor) {
        this.scratch = scratch;
        this.tables = tables;
        this.drawn = drawn;
        this.factor = factor;
    }

    /** One scale for each component of a group whose side has codes. */
    float[] find(BitGroup group, int first) {
        int components = group.components();
        long entries = drawn.mask().entries();
        MemorySegment x = drawn.factorFrom(factor, first);
        MemorySegment words = drawn.wordsFrom(first);
        MemorySegment maxima = scratch.allocate((long) components * Float.BYTES);
        MemorySegment sums = scratch.allocate((long) components * Double.BYTES);
        measure(components, words, x, maxima, sums);
        MemorySegment largest = scratch.host().allocate(JAVA_FLOAT, components);
        scratch.download(maxima, largest);
        int bits = group.bits(drawn.mask().side());
        MemorySegment codes = scratch.allocate(components * entries);
        MemorySegment difference = scratch.allocate(components * entries * Float.BYTES);
        MemorySegment nonFinite = scratch.allocate(Long.BYTES);
        return ScaleSearch.scales(
                group.grid(),
                bits,
                largest.toArray(JAVA_FLOAT),
                download(sums, components),
                Arrays.copyOfRange(drawn.survivors(), first, first + components),
                scales -> {
                    MemorySegment uploaded = scratch.uploadFloats(scales);
                    scratch.library()
                            .quantise(
                                    scratch.stream(),
                                    components,
                                    entries,
                                    bits,
                                    x,
                                    entries,
                                    uploaded,
                                    tables.boundaries(group.grid()),
                                    codes);
                    scratch.library()
                            .dequantise(
                                    scratch.stream(),
                                    components,
                                    entries,
                                    bits,
                                    codes,
                                    uploaded,
                                    tables.levels(group.grid()),
                                    difference,
                                    entries);
                    scratch.library()
                            .subtract(
                                    scratch.stream(),
                                    components * entries,
                                    difference,
                                    HeaderValues.type(DType.F32),
                                    x,
                                    HeaderValues.type(DType.F32),
                                    difference,
                                    nonFinite);
                    measure(components, words, difference, MemorySegment.NULL, sums);
                    return download(sums, components);
                });
    }

    private void measure(
            int components,
            MemorySegment words,
            MemorySegment x,
            MemorySegment largest,
            MemorySegment squares) {
        long entries = drawn.mask().entries();
        scratch.library()
                .componentScales(
                        scratch.stream(), components, entries, words, x, entries, largest, squares);
    }

    private double[] download(MemorySegment sums, int components) {
        MemorySegment host = scratch.host().allocate(JAVA_DOUBLE, components);
        scratch.download(sums, host);
        return host.toArray(JAVA_DOUBLE);
    }
}
