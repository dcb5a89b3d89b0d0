package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD32;
import static dev.deltapress.tensor.Floats.WORD64;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.github.luben.zstd.util.Native;
import com.github.luben.zstd.util.ZstdVersion;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.delta.WordCode.Narrow;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;

/**
 * Bytes coded without loss, optionally as differences from a base tensor (docs/format.md, section
 * 4): elements become words, bytes of equal weight are gathered, and the result goes through zstd
 * in fixed chunks. Differences of 16-bit floats go through {@link ResidualCode} where that takes
 * fewer bytes.
 */
public final class ExactBlock {
    private static final int HEADER_BYTES = 16;

    /** Predictors: none, the base tensor, and the same with chunks of {@link ResidualCode}. */
    private static final int NONE = 0;

    private static final int BASE = 1;
    private static final int RESIDUALS = 2;

    private final DType dtype;
    private final WordCode code;

    /** Whether chunks may be coded by {@link ResidualCode}. */
    private final boolean residuals;

    private ExactBlock(DType dtype, WordCode code, boolean residuals) {
        this.dtype = dtype;
        this.code = code;
        this.residuals = residuals;
    }

    private static ExactBlock toWrite(DType dtype, WordCode code) {
        return new ExactBlock(dtype, code, ResidualLoops.canCode(code));
    }

    /**
     * Whether differences from a base tensor take fewer bytes than the tensor alone, judged by the
     * first chunk.
     *
     * @param base of the same dtype and size
     */
    public static boolean predicts(DType dtype, MemorySegment data, MemorySegment base) {
        requireZstd();
        ExactBlock alone = toWrite(dtype, WordCode.of(dtype, data, false));
        ExactBlock against = toWrite(dtype, WordCode.of(dtype, alone.code.narrow(), true));
        return against.firstChunkBytes(data, base) < alone.firstChunkBytes(data, base);
    }

    /**
     * Codes a tensor.
     *
     * @param base what to predict it from, of the same dtype and size, or null for nothing
     * @param out where the block goes; not closed
     */
    public static void encode(
            DType dtype, MemorySegment data, @Nullable MemorySegment base, WritableByteChannel out)
            throws IOException {
        requireZstd();
        toWrite(dtype, WordCode.of(dtype, data, base != null)).write(data, base, out);
    }

    /** Takes decoded bytes. */
    @FunctionalInterface
    public interface Output {
        /**
         * Takes the next piece.
         *
         * @param at number of its first byte
         * @param piece whole elements; holds other ones after the call
         */
        void write(long at, MemorySegment piece) throws IOException;
    }

    /**
     * Decodes a block into memory.
     *
     * @param out as many bytes as were coded
     * @see #decode(MemorySegment, DType, MemorySegment, long, Output, String)
     */
    public static void decode(
            MemorySegment block,
            DType dtype,
            @Nullable MemorySegment base,
            MemorySegment out,
            String where) {
        Output copy = (at, piece) -> out.asSlice(at, piece.byteSize()).copyFrom(piece);
        try {
            decode(block, dtype, base, out.byteSize(), copy, where);
        } catch (IOException e) {
            throw new AssertionError("memory is no file", e);
        }
    }

    /**
     * Decodes a block piece by piece, from front to back. Of maps, no more than a window is kept in
     * memory.
     *
     * @param block the whole payload, off-heap
     * @param base bytes of the base tensor, or null if the block must do without
     * @param size bytes that were coded
     * @param where names file and tensor in errors
     * @throws MalformedFileException if the block breaks a rule of the format
     */
    public static void decode(
            MemorySegment block,
            DType dtype,
            @Nullable MemorySegment base,
            long size,
            Output out,
            String where)
            throws IOException {
        decode(block, dtype, base, size, 0, size, out, where);
    }

    /**
     * The same for a part of the bytes: chunks without any of them are passed over.
     *
     * @param from first byte that is wanted; pieces may begin before it
     * @param to end of what is wanted; pieces may go on behind it
     */
    public static void decode(
            MemorySegment block,
            DType dtype,
            @Nullable MemorySegment base,
            long size,
            long from,
            long to,
            Output out,
            String where)
            throws IOException {
        requireZstd();
        ExactBlock header = readHeader(block, dtype, base != null, where);
        requireField(header.code.codedBytes(size), block.get(WORD64, 8), "size", where, 8);
        header.read(block, base, size, from, to, out, where);
    }

    /** Version of the library that codes the frames. */
    public static String zstdVersion() {
        return ZstdVersion.VERSION;
    }

    /**
     * The library unpacks a native into the temporary folder, which may be full or not executable.
     */
    private static void requireZstd() {
        try {
            Native.load();
        } catch (LinkageError e) {
            throw new DeltaPressException(
                    "zstd: its native library cannot be loaded into %s: %s"
                            .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
                    e);
        }
    }

    private void write(MemorySegment data, @Nullable MemorySegment base, WritableByteChannel out)
            throws IOException {
        long coded = code.codedBytes(data.byteSize());
        MappedPages readData = MappedPages.behindReaderOf(data);
        MappedPages readBase = MappedPages.behindReaderOf(base == null ? MemorySegment.NULL : base);
        try (Arena arena = Arena.ofConfined()) {
            ExactChunks chunks = new ExactChunks(dtype, code, residuals, arena, coded);
            if (coded == 0) {
                DeltaWriter.writeFully(out, header(coded, code.predicted() ? BASE : NONE));
            }
            for (long at = 0; at < coded; at += ExactChunks.BYTES) {
                int bytes = (int) Math.min(ExactChunks.BYTES, coded - at);
                MemorySegment chunk = chunks.compress(data, base, at, bytes);
                if (at == 0) {
                    DeltaWriter.writeFully(out, header(coded, predictor(chunk, coded)));
                }
                DeltaWriter.writeFully(out, chunk);
                long end = (at + bytes) * code.expansion();
                readData.passed(end);
                if (base != null) {
                    readBase.passed(end);
                }
            }
        }
    }

    /** Residuals where a chunk has them or a later one may. */
    private int predictor(MemorySegment first, long coded) {
        boolean has = ExactChunks.isResiduals(first) || coded > ExactChunks.BYTES;
        return residuals && has ? RESIDUALS : code.predicted() ? BASE : NONE;
    }

    private MemorySegment header(long coded, int predictor) {
        MemorySegment header = MemorySegment.ofArray(new byte[HEADER_BYTES]);
        header.set(JAVA_BYTE, 0, (byte) code.width());
        header.set(JAVA_BYTE, 1, code.narrow().code());
        header.set(JAVA_BYTE, 2, (byte) predictor);
        header.set(JAVA_BYTE, 3, flag(code.floats()));
        header.set(WORD64, 8, coded);
        return header;
    }

    private static byte flag(boolean set) {
        return (byte) (set ? 1 : 0);
    }

    private long firstChunkBytes(MemorySegment data, MemorySegment base) {
        long coded = code.codedBytes(data.byteSize());
        try (Arena arena = Arena.ofConfined()) {
            ExactChunks chunks = new ExactChunks(dtype, code, residuals, arena, coded);
            int bytes = (int) Math.min(ExactChunks.BYTES, coded);
            return chunks.compress(data, base, 0, bytes).byteSize();
        }
    }

    private static ExactBlock readHeader(
            MemorySegment block, DType dtype, boolean hasBase, String where) {
        require(block.byteSize() >= HEADER_BYTES, where, 0, "a block is at least 16 bytes");
        int narrowCode = block.get(JAVA_BYTE, 1);
        Narrow narrow = Narrow.byCode(narrowCode);
        if (narrow == null || (narrow != Narrow.NONE && dtype != DType.F32)) {
            throw malformed(where, 1, "narrow %d of %s".formatted(narrowCode, dtype));
        }
        int predictor = block.get(JAVA_BYTE, 2);
        require(
                predictor == NONE || hasBase,
                where,
                2,
                "no base to predict from, predictor " + predictor);
        WordCode code = WordCode.of(dtype, narrow, predictor != NONE);
        boolean known = predictor >= NONE && predictor <= RESIDUALS;
        require(
                known && (predictor != RESIDUALS || ResidualLoops.canCode(code)),
                where,
                2,
                "predictor %d of words of %s".formatted(predictor, dtype));
        requireField(code.width(), block.get(JAVA_BYTE, 0), "width", where, 0);
        requireField(flag(code.floats()), block.get(JAVA_BYTE, 3), "order", where, 3);
        requireField(0, block.get(WORD32, 4), "reserved", where, 4);
        return new ExactBlock(dtype, code, predictor == RESIDUALS);
    }

    private void read(
            MemorySegment block,
            @Nullable MemorySegment base,
            long size,
            long first,
            long last,
            Output out,
            String where)
            throws IOException {
        long position = HEADER_BYTES;
        long coded = code.codedBytes(size);
        MappedPages readBlock = MappedPages.behindReaderOf(block);
        MappedPages readBase = MappedPages.behindReaderOf(base == null ? MemorySegment.NULL : base);
        try (Arena arena = Arena.ofConfined()) {
            ExactChunks chunks = new ExactChunks(dtype, code, residuals, arena, coded);
            long most = Math.min(ExactChunks.BYTES, coded);
            MemorySegment piece = arena.allocate(most * code.expansion());
            for (long at = 0; at < coded; at += ExactChunks.BYTES) {
                int bytes = (int) Math.min(ExactChunks.BYTES, coded - at);
                ExactChunks.Coded chunk = chunks.find(block, position, where);
                long from = at * code.expansion();
                long to = from + (long) bytes * code.expansion();
                if (from < last && first < to) {
                    MemorySegment decoded = piece.asSlice(0, to - from);
                    MemorySegment before = base == null ? null : base.asSlice(from, to - from);
                    chunks.decompress(chunk, bytes, before, decoded, where);
                    out.write(from, decoded);
                }
                position = chunk.end();
                readBlock.passed(position);
                if (base != null) {
                    readBase.passed(to);
                }
            }
        }
        long left = block.byteSize() - position;
        require(left == 0, where, position, "%d bytes follow the last chunk".formatted(left));
    }

    private static void requireField(
            long expected, long found, String field, String where, long at) {
        require(
                found == expected,
                where,
                at,
                "%s must be %d, found %d".formatted(field, expected, found));
    }

    private static void require(boolean holds, String where, long at, String message) {
        if (!holds) {
            throw malformed(where, at, message);
        }
    }

    private static MalformedFileException malformed(String where, long at, String message) {
        return new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
    }
}
