package dev.deltapress.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

class MappedPagesTest {
    private static final int BYTES = (int) (3 * MappedPages.WINDOW + 12345);

    @TempDir private Path dir;

    @Test
    void theFirstDifferenceIsFoundInAnyWindow() {
        byte[] bytes = new byte[BYTES];
        MemorySegment x = MemorySegment.ofArray(bytes);
        assertThat(MappedPages.mismatch(x, MemorySegment.ofArray(bytes.clone()))).isEqualTo(-1);
        int window = (int) MappedPages.WINDOW;
        for (int at : new int[] {0, window - 1, window, 2 * window + 7, BYTES - 1}) {
            byte[] other = bytes.clone();
            other[at] = 1;
            other[BYTES - 1] = 1;
            assertThat(MappedPages.mismatch(x, MemorySegment.ofArray(other))).isEqualTo(at);
        }
        assertThat(MappedPages.mismatch(x, x.asSlice(0, 5))).isEqualTo(5);
    }

    @Test
    void whatWasReleasedReadsAsBefore() throws IOException {
        byte[] bytes = new byte[BYTES];
        new Random(1).nextBytes(bytes);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment map = map(bytes, arena);
            MappedPages read = MappedPages.behindReaderOf(map);
            for (long at = 0; at < BYTES; at += 1_000_003) {
                read.passed(at);
            }
            MappedPages.release(map);

            assertThat(MappedPages.mismatch(map, MemorySegment.ofArray(bytes))).isEqualTo(-1);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aReaderKeepsNoMoreThanAWindowInMemory() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment map = map(new byte[BYTES], arena);
            MappedPages read = MappedPages.behindReaderOf(map);
            long most = 0;
            for (long at = 0; at < BYTES; at += 1 << 20) {
                long length = Math.min(1 << 20, BYTES - at);
                map.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
                read.passed(at + length);
                most = Math.max(most, residentKilobytes(map));
            }
            assertThat(most).isBetween(1L, (MappedPages.WINDOW + (2 << 20)) >> 10);
        }
    }

    /** What /proc says of the pages of a map. */
    private static long residentKilobytes(MemorySegment map) throws IOException {
        String start = Long.toHexString(map.address() & -4096L) + "-";
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            ours |= line.startsWith(start);
            if (ours && line.startsWith("Rss:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new AssertionError("no map at " + start);
    }

    private MemorySegment map(byte[] bytes, Arena arena) throws IOException {
        Path file = Files.write(dir.resolve("file"), bytes);
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(MapMode.READ_ONLY, 0, bytes.length, arena);
        }
    }
}
