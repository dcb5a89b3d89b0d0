package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.PatchBlock;
import dev.deltapress.delta.PatchLayout;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.linalg.Matrix;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Delta-DCT: square patches of the delta as cosine coefficients, rounded to the more bits the
 * larger the patch's norm is (arXiv 2503.06676).
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param p side of a patch, a power of two from 4 to 64
 * @param bits falling widths, such as {@code 2,1}: of the patches that the budget pays for, by
 *     falling norm, the first half in 2 bits, the other half in 1 bit; the rest has none
 * @param grid {@code minmax}: equal steps from the least to the largest coefficient of a patch, as
 *     published; {@code gaussian}, {@code symmetric}: as in {@link DeltaCome}, with the scale of
 *     least squared error
 * @param mean whether patches without bits keep their mean
 */
public record DeltaDct(double ratio, int p, String bits, String grid, boolean mean)
        implements Method {
    static final String NAME = "delta-dct";
    private static final String MIN_MAX = "minmax";
    private static final int SIDE = 32;

    public DeltaDct {
        Settings.requireRatio(NAME, ratio);
        Settings.require(
                p >= PatchLayout.LEAST_SIDE
                        && p <= PatchLayout.LARGEST_SIDE
                        && Integer.bitCount(p) == 1,
                NAME,
                "p",
                "a power of two from 4 to 64",
                p);
        Settings.require(
                grid.equals(MIN_MAX) || grid.equals(Grids.GAUSSIAN) || grid.equals(Grids.SYMMETRIC),
                NAME,
                "grid",
                "minmax, gaussian or symmetric",
                Settings.quoted(grid));
        int most = grid.equals(Grids.GAUSSIAN) ? 4 : 8;
        Settings.require(
                bits.matches("[1-%d](,[1-%<d]){0,2}".formatted(most)) && falls(widths(bits)),
                NAME,
                "bits",
                "1 to 3 falling widths of 1 to %d bits, such as 2,1".formatted(most),
                Settings.quoted(bits));
    }

    /** The defaults at that ratio. */
    public static DeltaDct ratio(double ratio) {
        return new DeltaDct(ratio, SIDE, "2", Grids.GAUSSIAN, true);
    }

    static DeltaDct of(double ratio, Settings settings) {
        DeltaDct defaults = ratio(ratio);
        return new DeltaDct(
                ratio,
                settings.integer("p", defaults.p),
                settings.text("bits", defaults.bits),
                settings.text("grid", defaults.grid),
                settings.flag("mean", defaults.mean));
    }

    private static List<Integer> widths(String bits) {
        return Arrays.stream(bits.split(",", -1)).map(Integer::valueOf).toList();
    }

    private static boolean falls(List<Integer> widths) {
        return IntStream.range(1, widths.size()).allMatch(i -> widths.get(i) < widths.get(i - 1));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("p", Integer.toString(p));
        parameters.put("bits", bits);
        parameters.put("grid", grid);
        parameters.put("mean", Boolean.toString(mean));
        return parameters;
    }

    @Override
    public Kind kind() {
        return Kind.BLOCKS;
    }

    @Override
    public long leastBytes(int rows, int columns) {
        PatchLayout layout = layout(rows, columns);
        return layout.byteSize(counts(layout, 1));
    }

    /** Widths by tag, none last. */
    private PatchLayout layout(int rows, int columns) {
        boolean offsets = grid.equals(MIN_MAX);
        Grid levels = grid.equals(Grids.GAUSSIAN) ? Grid.GAUSSIAN : Grid.SYMMETRIC;
        List<Integer> widths = new ArrayList<>(widths(bits));
        widths.add(0);
        return new PatchLayout(rows, columns, p, levels, mean, offsets, widths);
    }

    /** How many patches have each tag if so many have codes, the bands as equal as they can be. */
    private static int[] counts(PatchLayout layout, int coded) {
        int bands = layout.widths().size() - 1;
        int[] counts = new int[bands + 1];
        for (int band = 0; band < bands; band++) {
            counts[band] = (coded + bands - 1 - band) / bands;
        }
        counts[bands] = layout.patches() - coded;
        return counts;
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return ElementCoding.encode(
                session, deltas, keys, budgets, (values, key, budget) -> encode(values, budget));
    }

    private MemorySegment encode(Matrix values, long budget) {
        PatchLayout layout = layout(values.rows(), values.columns());
        int low = 0;
        int high = layout.patches() + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (layout.byteSize(counts(layout, middle)) <= budget) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return PatchBlock.encode(values, layout, tags(values, layout, counts(layout, low)));
    }

    /** The largest patches get the first tags; of equal ones the first. */
    private static byte[] tags(Matrix values, PatchLayout layout, int[] counts) {
        double[] squares = layout.squares(values);
        int[] order =
                IntStream.range(0, squares.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(patch -> -squares[patch]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        byte[] tags = new byte[squares.length];
        int next = 0;
        for (int tag = 0; tag < counts.length; tag++) {
            for (int end = next + counts[tag]; next < end; next++) {
                tags[order[next]] = (byte) tag;
            }
        }
        return tags;
    }
}
