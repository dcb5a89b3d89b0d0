package dev.deltapress.panama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.deltapress.MalformedFileException;
import dev.deltapress.backend.HostLoops;
import dev.deltapress.backend.JavaLoops;
import dev.deltapress.delta.BitGroup;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Grid;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.Matrix;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Groups of codes have the bytes and the values of plain Java. */
class BitGroupsTest {
    private static final MaskKey KEY = new MaskKey(5, 77);
    private static final int ROWS = 2500;
    private static final int COLUMNS = 333;

    private final HostLoops java = new JavaLoops();
    private HostLoops ours;

    @BeforeEach
    void open() {
        ours = new NativeLoops(Host.library());
    }

    @AfterEach
    void close() {
        ours.close();
    }

    /** Every width of every grid, alike and unlike on both sides. */
    private static List<BitGroup> allGroups() {
        List<BitGroup> groups = new ArrayList<>();
        for (int bits = 1; bits <= 8; bits++) {
            groups.add(BitGroup.of(2, Grid.SYMMETRIC, bits));
            groups.add(new BitGroup(1, Grid.SYMMETRIC, bits, 9 - bits));
            groups.add(BitGroup.half(1));
            groups.add(new BitGroup(2, Grid.SYMMETRIC, 16, bits));
        }
        for (int bits = 1; bits <= 4; bits++) {
            groups.add(BitGroup.of(1, Grid.GAUSSIAN, bits));
            groups.add(new BitGroup(2, Grid.GAUSSIAN, bits, 5 - bits));
            groups.add(new BitGroup(1, Grid.GAUSSIAN, bits, 16));
        }
        return groups;
    }

    @ParameterizedTest(name = "thresholds from {0}")
    @ValueSource(longs = {1, 1L << 30, MaskKey.KEEP_ALL})
    void packedAndUnpackedBitsAreThoseOfJava(long least) {
        requireEqual(block(allGroups(), least));
    }

    @Test
    void sixtyFourGroupsAreTheMost() {
        requireEqual(block(Collections.nCopies(64, BitGroup.of(1, Grid.SYMMETRIC, 3)), 1L << 31));
    }

    private void requireEqual(FactorBlock block) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = factor(arena, block.rank(), ROWS, 1);
            Matrix vt = factor(arena, block.rank(), COLUMNS, 2);
            byte[] packed = new byte[(int) block.byteSize(KEY)];
            byte[] expected = new byte[packed.length];

            ours.pack(block, ut, vt, KEY, MemorySegment.ofArray(packed));
            java.pack(block, ut, vt, KEY, MemorySegment.ofArray(expected));

            assertThat(packed).isEqualTo(expected);
            float[][] unpacked = unpack(ours, packed, block.rank());
            float[][] wanted = unpack(java, packed, block.rank());
            assertArrayEquals(wanted[0], unpacked[0]);
            assertArrayEquals(wanted[1], unpacked[1]);
        }
    }

    @Test
    void brokenBlocksAreRefusedInTheWordsOfJava() {
        FactorBlock block =
                block(List.of(BitGroup.half(1), BitGroup.of(2, Grid.SYMMETRIC, 3)), 1L << 31);
        byte[] packed = new byte[(int) block.byteSize(KEY)];
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = factor(arena, 3, ROWS, 1);
            Matrix vt = factor(arena, 3, COLUMNS, 2);
            ours.pack(block, ut, vt, KEY, MemorySegment.ofArray(packed));
        }
        byte[] unused = packed.clone();
        unused[packed.length - 1] |= (byte) 0x80;
        requireSameRefusal(unused);
        for (int cut : new int[] {1, 2, 100, packed.length - 60}) {
            requireSameRefusal(Arrays.copyOf(packed, packed.length - cut));
        }
    }

    private void requireSameRefusal(byte[] packed) {
        List<String> messages = new ArrayList<>();
        for (HostLoops loops : List.of(java, ours)) {
            assertThatThrownBy(() -> unpack(loops, packed, 3))
                    .isInstanceOf(MalformedFileException.class)
                    .satisfies(e -> messages.add(String.valueOf(e.getMessage())));
        }
        assertThat(messages.get(1)).isEqualTo(messages.get(0));
    }

    private static float[][] unpack(HostLoops loops, byte[] packed, int rank) {
        MemorySegment bytes = MemorySegment.ofArray(packed);
        FactorBlock header = FactorBlock.readHeader(bytes, ROWS, COLUMNS, "here");
        try (Arena arena = Arena.ofConfined()) {
            Matrix ut = Matrix.allocate(arena, rank, ROWS);
            Matrix vt = Matrix.allocate(arena, rank, COLUMNS);
            loops.unpack(header, bytes, KEY, ut, vt, "here");
            return new float[][] {
                ut.data().toArray(Matrix.LAYOUT), vt.data().toArray(Matrix.LAYOUT)
            };
        }
    }

    private static FactorBlock block(List<BitGroup> groups, long least) {
        int rank = groups.stream().mapToInt(BitGroup::components).sum();
        float[] s = new float[rank];
        long[] thresholds = new long[rank];
        for (int c = 0; c < rank; c++) {
            s[c] = 5f / (c + 1);
            thresholds[c] = Math.min(MaskKey.KEEP_ALL, least * (c + 1));
        }
        return new FactorBlock(ROWS, COLUMNS, 1, s, thresholds, groups, /* compact= */ true);
    }

    /**
     * Near normal as singular vectors are, but for a component of zeros and one of a single one.
     */
    private static Matrix factor(Arena arena, int rank, int entries, long seed) {
        Matrix factor = Matrix.allocate(arena, rank, entries);
        Random random = new Random(seed);
        for (int c = 0; c < rank; c++) {
            for (int i = 0; i < entries; i++) {
                float entry = (float) (random.nextGaussian() / Math.sqrt(entries));
                factor.set(c, i, c == 2 ? 0 : c == 5 ? (i == 7 ? 1 : 0) : entry);
            }
        }
        return factor;
    }
}
