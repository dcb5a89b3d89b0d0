package dev.deltapress.delta;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.MaskKey.Side;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the values of a group lie in a plain factor block, and their way to the streams of an
 * entropy-coded group and back.
 *
 * @param runs in the order of the block: of each component U, then V
 * @param at byte of the plain block where they begin
 * @param byteSize of all runs
 */
record GroupRuns(BitGroup group, List<Run> runs, long at, long byteSize) {
    private static final List<Side> SIDES = List.of(Side.U, Side.V);

    /**
     * The values of one side of a component.
     *
     * @param c the component's number
     * @param at byte of the plain block where they begin
     */
    record Run(Side side, int c, long at, int count, int bits) {
        long byteSize() {
            return CodeStream.byteSize(count, bits);
        }
    }

    /**
     * Draws the masks of a group.
     *
     * @param first number of its first component
     * @param at byte of the plain block where its values begin
     */
    static GroupRuns of(FactorBlock header, MaskKey key, int first, BitGroup group, long at) {
        List<Run> runs = new ArrayList<>();
        long next = at;
        for (int c = first; c < first + group.components(); c++) {
            for (Side side : SIDES) {
                int entries = side == Side.U ? header.rows() : header.columns();
                long count = key.survivors(side, c, entries, header.thresholds()[c]);
                Run run = new Run(side, c, next, Math.toIntExact(count), group.bits(side));
                runs.add(run);
                next += run.byteSize();
            }
        }
        return new GroupRuns(group, List.copyOf(runs), at, next - at);
    }

    /** The sides whose codes share an entropy-coded stream: both where they have the same bits. */
    List<List<Side>> streams() {
        boolean u = group.isCoded(Side.U);
        boolean v = group.isCoded(Side.V);
        if (u && v && group.uBits() == group.vBits()) {
            return List.of(SIDES);
        }
        List<List<Side>> streams = new ArrayList<>();
        if (u) {
            streams.add(List.of(Side.U));
        }
        if (v) {
            streams.add(List.of(Side.V));
        }
        return streams;
    }

    private List<Run> of(List<Side> sides) {
        return runs.stream().filter(run -> sides.contains(run.side())).toList();
    }

    private static long count(List<Run> runs) {
        return runs.stream().mapToLong(Run::count).sum();
    }

    boolean hasCodes() {
        return group.isCoded(Side.U) || group.isCoded(Side.V);
    }

    /** Whether there are codes, in streams that can be counted in 31 bits. */
    boolean canDeflate() {
        return hasCodes()
                && streams().stream().allMatch(sides -> count(of(sides)) <= Integer.MAX_VALUE);
    }

    /** Appends the stream of those sides' codes. */
    void deflate(List<Side> sides, MemorySegment block, ByteArrayOutputStream out) {
        List<Run> coded = of(sides);
        int bits = coded.getFirst().bits();
        FrequencyTable.Counter counter = new FrequencyTable.Counter(bits);
        byte[] codes = new byte[coded.stream().mapToInt(Run::count).max().orElse(0)];
        for (Run run : coded) {
            CodeStream.unpack(block, run.at(), run.count(), bits, codes);
            counter.add(codes, 0, run.count());
        }
        EntropyEncoder.encode(new RunReader(coded, block), counter, (int) count(coded), out);
    }

    /** Gives the codes of runs, one after the other. */
    private static final class RunReader implements EntropyEncoder.Source {
        private final List<Run> runs;
        private final MemorySegment block;
        private byte[] codes = new byte[0];
        private int next;
        private int used;
        private int available;

        RunReader(List<Run> runs, MemorySegment block) {
            this.runs = runs;
            this.block = block;
        }

        @Override
        public void read(byte[] to, int count) {
            int done = 0;
            while (done < count) {
                if (used == available) {
                    unpackNext();
                }
                int some = Math.min(count - done, available - used);
                System.arraycopy(codes, used, to, done, some);
                used += some;
                done += some;
            }
        }

        private void unpackNext() {
            Run run = runs.get(next++);
            if (codes.length < run.count()) {
                codes = new byte[run.count()];
            }
            CodeStream.unpack(block, run.at(), run.count(), run.bits(), codes);
            used = 0;
            available = run.count();
        }
    }

    /** Appends the f16 values of a side that has no codes. */
    void copyHalves(MemorySegment block, ByteArrayOutputStream out) {
        for (Run run : runs) {
            if (!group.isCoded(run.side())) {
                out.writeBytes(block.asSlice(run.at(), run.byteSize()).toArray(JAVA_BYTE));
            }
        }
    }

    /**
     * Reads the stream of those sides' codes into the plain block.
     *
     * @return bytes of the stream
     * @throws MalformedFileException if it is not what a writer gives
     */
    long inflate(List<Side> sides, MemorySegment in, long from, MemorySegment block, String where) {
        List<Run> coded = of(sides);
        int bits = coded.getFirst().bits();
        long count = count(coded);
        if (count > Integer.MAX_VALUE) {
            throw malformed(where, from, "%d codes in one stream".formatted(count));
        }
        EntropyCode code = EntropyCode.read(in, from, (int) count, bits, where);
        byte[] chunk = new byte[(int) Math.min(EntropyCode.CHUNK, count)];
        byte[] codes = new byte[coded.stream().mapToInt(Run::count).max().orElse(0)];
        int nextChunk = 0;
        int used = 0;
        int available = 0;
        for (Run run : coded) {
            int done = 0;
            while (done < run.count()) {
                if (used == available) {
                    available = (int) Math.min(chunk.length, count);
                    count -= available;
                    code.decodeChunk(nextChunk++, chunk, 0);
                    used = 0;
                }
                int some = Math.min(run.count() - done, available - used);
                System.arraycopy(chunk, used, codes, done, some);
                used += some;
                done += some;
            }
            CodeStream.pack(codes, run.count(), bits, block, run.at());
        }
        return code.byteSize();
    }

    /** Reads the f16 values of a side that has no codes; returns their bytes. */
    long readHalves(MemorySegment in, long from, MemorySegment block, String where) {
        return readValues(
                runs.stream().filter(run -> !group.isCoded(run.side())).toList(),
                in,
                from,
                block,
                where);
    }

    /** Reads all values of a plain group; returns their bytes. */
    long readPlain(MemorySegment in, long from, MemorySegment block, String where) {
        return readValues(runs, in, from, block, where);
    }

    private long readValues(
            List<Run> values, MemorySegment in, long from, MemorySegment block, String where) {
        long at = from;
        for (Run run : values) {
            FactorBlock.requireValues(in, at, run.count(), run.bits(), run.c(), where);
            MemorySegment.copy(in, at, block, run.at(), run.byteSize());
            at += run.byteSize();
        }
        return at - from;
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
