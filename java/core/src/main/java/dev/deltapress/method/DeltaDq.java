package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.EntryCode;
import dev.deltapress.delta.EntryMask;
import dev.deltapress.delta.EntryMask.Stratified;
import dev.deltapress.delta.KeptEntries;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord.Kind;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * DeltaDQ: the same number of entries kept in every group, at random, and uniform codes (Jiang et
 * al., 2024, arXiv 2410.08666).
 *
 * @param ratio bytes in 16 bit over bytes on disk; at least 1
 * @param groupSize h_g, the least number of entries of a group, 1 to 1024
 * @param bits k, of a code, 1 to 8
 */
public record DeltaDq(double ratio, int groupSize, int bits) implements Method {
    static final String NAME = "deltadq";

    private static final int MOST_GROUP = 1024;

    /** Sizes of groups that are tried. */
    private static final int SIZES = 256;

    /** How close to a rate is close enough. */
    private static final double CLOSE = 1 - 1 / 512.0;

    public DeltaDq {
        Settings.requireRatio(NAME, ratio);
        boolean holds = groupSize >= 1 && groupSize <= MOST_GROUP;
        Settings.require(holds, NAME, "h_g", "1 to " + MOST_GROUP, groupSize);
        Settings.requireBits(NAME, "k", bits);
    }

    /** The defaults at that ratio. */
    public static DeltaDq ratio(double ratio) {
        return new DeltaDq(ratio, 16, 4);
    }

    static DeltaDq of(double ratio, Settings settings) {
        DeltaDq defaults = ratio(ratio);
        return new DeltaDq(
                ratio,
                settings.integer("h_g", defaults.groupSize),
                settings.integer("k", defaults.bits));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, String> parameters() {
        SortedMap<String, String> parameters = new TreeMap<>();
        parameters.put("h_g", Integer.toString(groupSize));
        parameters.put("k", Integer.toString(bits));
        return parameters;
    }

    @Override
    public Kind kind() {
        return Kind.ENTRIES;
    }

    /** The smallest group, with what is kept of it, that comes close to a rate from below. */
    EntryMask mask(long rate) {
        if (rate == MaskKey.KEEP_ALL) {
            return new EntryMask.All();
        }
        long inverse = MaskKey.KEEP_ALL / rate + 1;
        int first = (int) Math.min(Math.max(groupSize, inverse), Stratified.MOST);
        int last = Math.min(first + SIZES - 1, Stratified.MOST);
        Stratified best = new Stratified(first, 1);
        double bestPart = 0;
        for (int size = first; size <= last && bestPart < CLOSE; size++) {
            int keep = (int) Math.max(1, size * rate / MaskKey.KEEP_ALL);
            double part = (double) keep / size * MaskKey.KEEP_ALL / rate;
            if (part > bestPart && part <= 1) {
                best = new Stratified(size, keep);
                bestPart = part;
            }
        }
        return best;
    }

    private Drops drops() {
        return new Drops(bits, this::mask, this::code, false, Drops.Rescale::unbiased);
    }

    private EntryCode code(KeptEntries kept) {
        return EntryCode.spanning(bits, kept.least(), kept.most());
    }

    @Override
    public long leastBytes(int rows, int columns) {
        return drops().leastBytes(rows);
    }

    @Override
    public List<MemorySegment> encode(
            Session session, List<Delta> deltas, List<MaskKey> keys, List<Long> budgets) {
        return ElementCoding.encode(session, deltas, keys, budgets, drops());
    }
}
