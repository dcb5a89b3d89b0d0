package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.MismatchException;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.CodedMatrix;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.ElementBlock;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.ExactBlock.Output;
import dev.deltapress.delta.FactorEntropy;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Restores tensors of a delta on a base, one at a time and independently of each other. Safe for
 * use by several threads at once.
 */
final class TensorDecoder {
    /** Bytes of an unchanged tensor that are passed on at once. */
    private static final long PIECE = 4L << 20;

    private final BaseTensors base;
    private final DeltaReader delta;

    TensorDecoder(BaseTensors base, DeltaReader delta) {
        this.base = base;
        this.delta = delta;
    }

    /** What is done with a matrix: number in its tensor, what it is of the base, its delta. */
    @FunctionalInterface
    interface MatrixUse {
        void accept(int slice, MatrixView base, CodedMatrix coded) throws IOException;
    }

    /**
     * Restores a tensor piece by piece after checking the fingerprint of its base.
     *
     * @param to dtype of the result; another than the tensor's own only if both are compressible
     * @param out takes the pieces, from front to back
     * @throws MismatchException if the base is not the one that the delta was made against
     */
    void restore(TensorRecord record, DType to, Session session, Output out) throws IOException {
        restore(record, TensorPart.all(record), to, session, out);
    }

    /**
     * The same for a part of a tensor.
     *
     * @param out takes pieces of the tensor that cover the part; some may begin before it or go on
     *     behind it
     */
    void restore(TensorRecord record, TensorPart part, DType to, Session session, Output out)
            throws IOException {
        TensorPart head = part.head(record);
        if (!head.isEmpty() || part.isEmpty()) {
            if (record.kind().isDelta()) {
                addDelta(record, head, session, to, out);
            } else {
                restoreExactly(record, head, new Converter(record, to, where(record), 0, out));
            }
        }
        restoreTail(record, part, to, out);
    }

    /** Restores the rows that the base lacks, if there are any. */
    void restoreTail(TensorRecord record, TensorPart part, DType to, Output out)
            throws IOException {
        TensorPart tail = part.tail(record);
        if (record.tail() != null && !tail.isEmpty()) {
            long head = record.headBytes(record.dtype());
            Converter converter = new Converter(record, to, where(record), head, out);
            long size = record.dtype().byteSize(record.shape()) - head;
            decode(record, record.tailPayload(), null, size, tail, converter);
        }
    }

    private void restoreExactly(TensorRecord record, TensorPart part, Converter out)
            throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment baseData = base.map(record, arena);
            long size = record.headBytes(record.dtype());
            switch (record.kind()) {
                case EQUAL -> copy(baseHead(record, baseData), part, out);
                case LOSSLESS ->
                        decode(
                                record,
                                record.payload(),
                                baseHead(record, baseData),
                                size,
                                part,
                                out);
                default -> decode(record, record.payload(), null, size, part, out);
            }
        }
    }

    private static void copy(MemorySegment from, TensorPart part, Converter out)
            throws IOException {
        MappedPages read = MappedPages.behindReaderOf(from);
        for (long at = part.from(); at < part.to(); at += PIECE) {
            long length = Math.min(PIECE, part.to() - at);
            out.write(at, from.asSlice(at, length));
            read.passed(at + length);
        }
    }

    private void decode(
            TensorRecord record,
            String payload,
            @Nullable MemorySegment baseHead,
            long size,
            TensorPart part,
            Converter out)
            throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment block = delta.payload(payload, arena);
            ExactBlock.decode(
                    block,
                    record.dtype(),
                    baseHead,
                    size,
                    part.from(),
                    part.to(),
                    out,
                    where(record));
        }
    }

    private MemorySegment baseHead(TensorRecord record, @Nullable MemorySegment baseData) {
        if (baseData == null) {
            throw new MalformedFileException(where(record) + ": no base tensor");
        }
        DType dtype = base.info(record, where(record)).dtype();
        if (dtype != record.dtype()) {
            throw new MalformedFileException(
                    "%s: %s, but its base is %s".formatted(where(record), record.dtype(), dtype));
        }
        return baseData.asSlice(0, record.headBytes(record.dtype()));
    }

    private void addDelta(
            TensorRecord record, TensorPart part, Session session, DType to, Output out)
            throws IOException {
        visitMatrices(
                record,
                (slice, before, coded) -> {
                    long row = (long) before.columns() * (record.dtype().bits() / 8);
                    long first = (long) slice * before.rows();
                    int from = Math.clamp(part.from() / row - first, 0, before.rows());
                    int end = Math.clamp(part.to() / row - first, from, before.rows());
                    if (from == end) {
                        return;
                    }
                    try (Arena arena = Arena.ofShared()) {
                        long width = (long) before.columns() * (to.bits() / 8);
                        MemorySegment restored = arena.allocate((end - from) * width, 64);
                        MatrixView target =
                                new MatrixView(restored, to, end - from, before.columns());
                        long overflows =
                                coded.restore(session, from, before.rowRange(from, end), target);
                        requireNoOverflow(overflows, where(record));
                        out.write((first + from) * width, restored);
                    }
                });
    }

    /**
     * Visits the matrices of a tensor one after the other, after checking the fingerprint of its
     * base.
     *
     * @throws MismatchException if the base is not the one that the delta was made against
     */
    void visitMatrices(TensorRecord record, MatrixUse use) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment baseData = base.map(record, arena);
            if (baseData == null) {
                throw new MalformedFileException(where(record) + ": a delta without a base tensor");
            }
            DType dtype = base.info(record, where(record)).dtype();
            if (!dtype.isCompressible()) {
                throw new MalformedFileException(where(record) + ": its base is " + dtype);
            }
            List<PackedMatrix> blocks = packed(record, arena);
            for (int slice = 0; slice < blocks.size(); slice++) {
                PackedMatrix block = blocks.get(slice);
                MatrixView before = slice(baseData, dtype, block.rows(), block.columns(), slice);
                use.accept(slice, before, new CodedMatrix(record.kind(), block));
                MappedPages.release(before.data());
            }
        }
    }

    /** The blocks of a tensor, one for each of its matrices. */
    List<PackedMatrix> packed(TensorRecord record, Arena arena) throws IOException {
        MemorySegment payload = delta.payload(record.payload(), arena);
        int rank = record.dimensions().size();
        int slices = rank == 3 ? Math.toIntExact(record.dimensions().getFirst()) : 1;
        long allRows = record.rows() == null ? record.dimensions().get(rank - 2) : record.rows();
        int rows = Math.toIntExact(allRows);
        int columns = Math.toIntExact(record.dimensions().get(rank - 1));
        List<PackedMatrix> blocks = new ArrayList<>();
        long at = 0;
        for (int slice = 0; slice < slices; slice++) {
            MaskKey key = new MaskKey(delta.manifest().head().seed(), record.id() + slice);
            MemorySegment rest = payload.asSlice(at);
            FactorEntropy.Inflated block = plain(record, rest, rows, columns, key, arena);
            blocks.add(new PackedMatrix(block.block(), rows, columns, key, where(record)));
            at += block.byteSize();
        }
        if (at != payload.byteSize()) {
            throw new MalformedFileException(
                    "%s: byte %d: %d bytes follow the last block"
                            .formatted(where(record), at, payload.byteSize() - at));
        }
        return blocks;
    }

    /** The block at the start of those bytes, as backends know it. */
    private FactorEntropy.Inflated plain(
            TensorRecord record,
            MemorySegment rest,
            int rows,
            int columns,
            MaskKey key,
            Arena arena) {
        String where = where(record);
        if (record.kind() == Kind.FACTORS) {
            return FactorEntropy.inflate(rest, rows, columns, key, arena, where);
        }
        long bytes = ElementBlock.read(record.kind(), rest, rows, columns, key, where).byteSize();
        if (bytes > rest.byteSize()) {
            throw new MalformedFileException(
                    "%s: byte 0: a block of %d bytes, found %d"
                            .formatted(where, bytes, rest.byteSize()));
        }
        return new FactorEntropy.Inflated(rest.asSlice(0, bytes), bytes);
    }

    /** Matrix {@code slice} of a tensor of equal matrices. */
    static MatrixView slice(MemorySegment data, DType dtype, int rows, int columns, int slice) {
        long bytes = (long) rows * columns * (dtype.bits() / 8);
        return new MatrixView(data.asSlice(slice * bytes, bytes), dtype, rows, columns);
    }

    /** Names a tensor of the delta in an error. */
    String where(TensorRecord record) {
        return delta.where(record.displayName());
    }

    static void requireNoOverflow(long overflows, String where) {
        if (overflows > 0) {
            throw new DeltaPressException(
                    "%s: %d restored values are too large for the tensor's dtype"
                            .formatted(where, overflows));
        }
    }
}
