package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.CodeStream;
import dev.deltapress.delta.Codebook;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;
import dev.deltapress.method.FactorCoding.Plan;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Widths of components by their number: the paper's bit bands (Delta-CoMe, NeurIPS 2024, arXiv
 * 2406.08903). As text {@code 2x8,32x3,2}: the first 2 components in 8 bits, the next 32 in 3, all
 * others in 2.
 *
 * @param bands the last without an end, 1 to {@link BitGroup#MOST}
 */
record Bands(List<Band> bands) {
    /** Delta-CoMe's own, as published for a ratio of 16. */
    static final String PUBLISHED = "2x8,32x3,2";

    /**
     * @param components how many, at least 1
     * @param bits of a value: 1 to 8, or 16 for f16
     */
    record Band(int components, int bits) {
        @Override
        public String toString() {
            return components == Integer.MAX_VALUE ? "" + bits : components + "x" + bits;
        }
    }

    Bands {
        bands = List.copyOf(bands);
    }

    /** All other components. */
    static Band rest(int bits) {
        return new Band(Integer.MAX_VALUE, bits);
    }

    /**
     * @param method names it in errors
     * @throws dev.deltapress.UsageException if the text is not as {@link #toString} writes it
     */
    static Bands parse(String method, String text) {
        boolean wellFormed = text.matches("([1-9]\\d{0,8}x([1-8]|16),){0,63}([1-8]|16)");
        Settings.require(
                wellFormed,
                method,
                "bands",
                "components x bits and the bits of the others, such as 2x8,32x3,2, with 1 to 8 or 16 bits",
                Settings.quoted(text));
        List<Band> bands = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int x = part.indexOf('x');
            int bits = Integer.parseInt(part.substring(x + 1));
            bands.add(x < 0 ? rest(bits) : new Band(Integer.parseInt(part.substring(0, x)), bits));
        }
        return new Bands(bands);
    }

    @Override
    public String toString() {
        return bands.stream().map(Band::toString).collect(Collectors.joining(","));
    }

    /** Whether a component is anything but f16 values. */
    boolean hasCodes() {
        return bands.stream().anyMatch(band -> band.bits() != Grid.HALF_BITS);
    }

    /** The width of a component, counted from 0. */
    int bits(int component) {
        long end = 0;
        for (Band band : bands) {
            end += band.components();
            if (component < end) {
                return band.bits();
            }
        }
        throw new IllegalArgumentException("component " + component);
    }

    /**
     * The leading components as groups of a block.
     *
     * @param grid of codes, where it has them
     */
    List<BitGroup> groups(int rank, Grid grid) {
        List<BitGroup> groups = new ArrayList<>();
        int left = rank;
        for (Band band : bands) {
            if (left > 0) {
                int components = Math.min(left, band.components());
                groups.add(group(components, band.bits(), grid));
                left -= components;
            }
        }
        return groups;
    }

    private static BitGroup group(int components, int bits, Grid grid) {
        if (bits == Grid.HALF_BITS) {
            return BitGroup.half(components);
        }
        return BitGroup.of(components, Grids.ofBits(grid, bits), bits);
    }

    /** Bytes of a component in full, but for its place in the table. */
    static long valueBytes(int rows, int columns, int bits) {
        return CodeStream.byteSize(rows, bits) + CodeStream.byteSize(columns, bits);
    }

    /** Bytes of a block of one component in full. */
    long leastBytes(int rows, int columns) {
        return headerBytes(1) + valueBytes(rows, columns, bits(0));
    }

    /** How many components in full a budget pays for. */
    int affordable(int rows, int columns, long budget) {
        int rank = 0;
        long values = valueBytes(rows, columns, bits(0));
        while (rank < Math.min(rows, columns) && headerBytes(rank + 1) + values <= budget) {
            rank++;
            values += valueBytes(rows, columns, bits(rank));
        }
        return rank;
    }

    /** Bytes of as many components in full as a budget pays for. */
    long usable(int rows, int columns, long budget) {
        int rank = affordable(rows, columns, budget);
        long bytes = headerBytes(rank);
        for (int component = 0; component < rank; component++) {
            bytes += valueBytes(rows, columns, bits(component));
        }
        return bytes;
    }

    private long headerBytes(int rank) {
        return headerBytes(rank, /* compact= */ true, /* keepAll= */ true);
    }

    private static long headerBytes(int rank, int groups) {
        return FactorBlock.headerBytes(rank, groups, /* compact= */ true, /* keepAll= */ true);
    }

    /** Bytes before the values of a block of these bands. */
    long headerBytes(int rank, boolean compact, boolean keepAll) {
        int groups = groups(rank, Grid.SYMMETRIC).size();
        return FactorBlock.headerBytes(rank, groups, compact, keepAll);
    }

    /** Keeps as many components in full as a budget pays for. */
    Plan plan(Delta delta, long budget, Grid grid) {
        int affordable = affordable(delta.rows(), delta.columns(), budget);
        long roomy = hasCodes() ? FactorCoding.roomy(budget) : budget;
        int most = affordable(delta.rows(), delta.columns(), roomy);
        return new Plan() {
            @Override
            public RankRule rule(double margin) {
                return RankRule.of(most);
            }

            @Override
            public FactorBlock block(float[] singularValues) {
                return Bands.this.block(delta, singularValues, affordable, grid);
            }

            @Override
            public FactorBlock block(float[] singularValues, long other) {
                return filled(delta, singularValues, most, other, grid);
            }
        };
    }

    /**
     * A block of as many components as a budget pays for, and one more in fewer bits where there is
     * room for that.
     *
     * @param most components that there may be
     */
    private FactorBlock filled(
            Delta delta, float[] singularValues, int most, long budget, Grid grid) {
        int rows = delta.rows();
        int columns = delta.columns();
        int above = Math.min(most, Spectrum.aboveNoise(singularValues, rows, columns).length);
        int rank = Math.min(above, affordable(rows, columns, budget));
        List<BitGroup> groups = groups(rank, grid);
        if (rank < above && groups.size() < BitGroup.MOST) {
            long values = usable(rows, columns, budget) - headerBytes(rank);
            long left = budget - values - headerBytes(rank + 1, groups.size() + 1);
            BitGroup narrower = narrower(rows, columns, bits(rank), left, grid);
            if (narrower != null) {
                groups.add(narrower);
            }
        }
        return block(delta, singularValues, groups);
    }

    /** One component of fewer bits than that whose values fit; null if none does. */
    private static @Nullable BitGroup narrower(
            int rows, int columns, int bits, long bytes, Grid grid) {
        for (int both = Math.min(2 * Codebook.MAX_BITS, 2 * bits - 1); both > 1; both--) {
            int less = both / 2;
            int more = both - less;
            // The shorter side is where a bit more costs less.
            int u = rows <= columns ? more : less;
            int v = rows <= columns ? less : more;
            if (CodeStream.byteSize(rows, u) + CodeStream.byteSize(columns, v) <= bytes) {
                return new BitGroup(1, grid.hasBits(u, v) ? grid : Grid.SYMMETRIC, u, v);
            }
        }
        return null;
    }

    /** A block of components in full, as many as there are above noise. */
    FactorBlock block(Delta delta, float[] values, int most, Grid grid) {
        int above = Spectrum.aboveNoise(values, delta.rows(), delta.columns()).length;
        return block(delta, values, groups(Math.min(most, above), grid));
    }

    private static FactorBlock block(Delta delta, float[] values, List<BitGroup> groups) {
        int rank = groups.stream().mapToInt(BitGroup::components).sum();
        long[] thresholds = new long[rank];
        Arrays.fill(thresholds, MaskKey.KEEP_ALL);
        float[] s = Arrays.copyOf(values, rank);
        return new FactorBlock(
                delta.rows(), delta.columns(), 1, s, thresholds, groups, /* compact= */ true);
    }
}
