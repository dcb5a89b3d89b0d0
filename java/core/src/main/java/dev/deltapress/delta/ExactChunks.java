package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD32;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;

import dev.deltapress.MalformedFileException;
import dev.deltapress.tensor.DType;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Codes and decodes the chunks of an exact block, one at a time (docs/format.md, section 4). For
 * one thread, and of no use after its arena.
 */
final class ExactChunks {
    /** Coded elements of a chunk, in bytes; the last has fewer. */
    static final int BYTES = 4 << 20;

    // See docs/decisions/0004-exact-tensors.md.
    private static final int ZSTD_LEVEL = 3;

    /** In the length of a chunk: it is a {@link ResidualCode} and no zstd frame. */
    private static final int RESIDUALS = 1 << 31;

    private final WordCode code;
    private final WordLoops loops;
    private final @Nullable ResidualLoops residuals;
    private final MemorySegment plain;

    /** Room for the length, the longest frame, and what an encoder of residuals writes beyond. */
    private @Nullable MemorySegment frame;

    private final Arena arena;

    /**
     * @param residuals whether chunks may be coded by {@link ResidualCode}
     * @param arena where buffers are
     * @param coded bytes of all coded elements
     */
    ExactChunks(DType dtype, WordCode code, boolean residuals, Arena arena, long coded) {
        this.code = code;
        this.loops = new WordLoops(code);
        this.residuals = residuals ? ResidualLoops.of(dtype, code) : null;
        this.arena = arena;
        // Most tensors are small: buffers of a whole chunk would cost more than their work.
        this.plain = arena.allocate(Math.min(BYTES, coded) + Integer.BYTES);
    }

    /**
     * Codes a chunk.
     *
     * @param at its first coded byte
     * @return its length field and what follows; good until the next call
     */
    MemorySegment compress(MemorySegment data, @Nullable MemorySegment base, long at, int bytes) {
        if (frame == null) {
            frame = arena.allocate(Integer.BYTES + Zstd.compressBound(plain.byteSize()));
        }
        int elements = bytes / code.width();
        loops.encode(data, base, at / code.width(), elements, plain);
        int length = compressPlain(bytes, frame);
        frame.set(WORD32, 0, length);
        if (residuals != null) {
            length = tryResiduals(data, Objects.requireNonNull(base), at, elements, length);
        }
        return frame.asSlice(0, Integer.BYTES + length);
    }

    /** Whether that chunk, as it was coded, needs a block that allows residuals. */
    static boolean isResiduals(MemorySegment chunk) {
        return (chunk.get(WORD32, 0) & RESIDUALS) != 0;
    }

    private int compressPlain(int bytes, MemorySegment frame) {
        long length =
                Zstd.compressDirectByteBuffer(
                        frame.asByteBuffer(),
                        Integer.BYTES,
                        (int) frame.byteSize() - Integer.BYTES,
                        plain.asByteBuffer(),
                        0,
                        bytes,
                        ZSTD_LEVEL);
        if (Zstd.isError(length)) {
            throw new IllegalStateException("zstd: " + Zstd.getErrorName(length));
        }
        return (int) length;
    }

    /** Puts residuals in the place of a frame of that length if they take less. */
    private int tryResiduals(
            MemorySegment data, MemorySegment base, long at, int elements, int length) {
        ResidualLoops own = Objects.requireNonNull(residuals);
        long first = at / code.width();
        // The gathered bytes have been compressed: their place is free.
        var encoder = new ResidualCode.Encoder(own.counts(base, first, elements), plain);
        own.encode(data, base, first, elements, encoder);
        MemorySegment classes = MemorySegment.ofArray(encoder.classes());
        MemorySegment openBits = encoder.openBits();
        long taken = classes.byteSize() + openBits.byteSize();
        if (taken >= length) {
            return length;
        }
        MemorySegment to = Objects.requireNonNull(frame);
        to.set(WORD32, 0, (int) taken | RESIDUALS);
        to.asSlice(Integer.BYTES).copyFrom(classes);
        to.asSlice(Integer.BYTES + classes.byteSize()).copyFrom(openBits);
        return (int) taken;
    }

    /**
     * What follows the length field of a chunk, as a reader finds it.
     *
     * @param block ends with the chunk
     * @param start its first byte
     */
    record Coded(MemorySegment block, long start, boolean isResiduals) {
        long end() {
            return block.byteSize();
        }
    }

    /**
     * Finds the chunk whose length field is at that position.
     *
     * @throws MalformedFileException if the block does not go on so far
     */
    Coded find(MemorySegment block, long position, String where) {
        long left = block.byteSize() - position - Integer.BYTES;
        require(left >= 0, where, position, "the block ends before its last chunk");
        int field = block.get(WORD32, position);
        boolean isResiduals = residuals != null && (field & RESIDUALS) != 0;
        int length = isResiduals ? field & ~RESIDUALS : field;
        require(
                length > 0 && length <= left,
                where,
                position,
                "a frame of %d bytes, but %d follow".formatted(length, left));
        long start = position + Integer.BYTES;
        return new Coded(block.asSlice(0, start + length), start, isResiduals);
    }

    /**
     * Decodes a chunk.
     *
     * @param base bytes of the base tensor that belong to the chunk
     * @param out as many; receives the chunk
     * @throws MalformedFileException if it is not what a writer gives
     */
    void decompress(
            Coded chunk, int bytes, @Nullable MemorySegment base, MemorySegment out, String where) {
        int elements = bytes / code.width();
        if (!chunk.isResiduals()) {
            decompressPlain(chunk.block().asSlice(chunk.start()), bytes, where, chunk.start());
            loops.decode(plain, base, 0, elements, out);
            return;
        }
        ResidualLoops own = Objects.requireNonNull(residuals);
        MemorySegment predicting = Objects.requireNonNull(base);
        int[] counts = own.counts(predicting, 0, elements);
        var decoder = new ResidualCode.Decoder(chunk.block(), chunk.start(), counts, where);
        own.decode(decoder, predicting, 0, elements, out);
        decoder.requireEnd();
    }

    private void decompressPlain(MemorySegment frame, int bytes, String where, long position) {
        long found;
        try {
            found =
                    Zstd.decompressDirectByteBuffer(
                            plain.asByteBuffer(),
                            0,
                            bytes,
                            frame.asByteBuffer(),
                            0,
                            (int) frame.byteSize());
        } catch (ZstdException e) {
            throw new MalformedFileException(
                    "%s: byte %d: zstd: %s".formatted(where, position, e.getMessage()), e);
        }
        require(!Zstd.isError(found), where, position, "zstd: " + Zstd.getErrorName(found));
        require(
                found == bytes,
                where,
                position,
                "chunk must be %d, found %d".formatted(bytes, found));
    }

    private static void require(boolean holds, String where, long at, String message) {
        if (!holds) {
            throw new MalformedFileException("%s: byte %d: %s".formatted(where, at, message));
        }
    }
}
