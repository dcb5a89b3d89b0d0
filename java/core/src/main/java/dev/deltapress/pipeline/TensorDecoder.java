package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.MalformedFileException;
import dev.deltapress.MismatchException;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.ExactBlock;
import dev.deltapress.delta.ExactBlock.Output;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Hashes;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Restores tensors of a delta on a base, one at a time and independently of each other. */
final class TensorDecoder {
    /** Bytes of an unchanged tensor that are passed on at once. */
    private static final long PIECE = 4L << 20;

    private final Checkpoint base;
    private final DeltaReader delta;

    TensorDecoder(Checkpoint base, DeltaReader delta) {
        this.base = base;
        this.delta = delta;
    }

    /** One packed matrix of a tensor, in its place. */
    private record Block(MemorySegment packed, MaskKey key, int rows, int columns) {}

    /** What is done with a matrix: number in its tensor, what it is of the base, decoded delta. */
    @FunctionalInterface
    interface MatrixUse {
        void accept(int slice, MatrixView base, Delta decoded) throws IOException;
    }

    /**
     * Restores a tensor piece by piece after checking the fingerprint of its base.
     *
     * @param to dtype of the result; another than the tensor's own only if both are compressible
     * @param out takes the pieces, from front to back
     * @throws MismatchException if the base is not the one that the delta was made against
     */
    void restore(TensorRecord record, DType to, Session session, Output out) throws IOException {
        if (record.kind() == Kind.FACTORS) {
            addFactors(record, session, to, out);
        } else {
            restoreExactly(record, new Converter(record, to, where(record), 0, out));
        }
        restoreTail(record, to, out);
    }

    /** Restores the rows that the base lacks, if there are any. */
    void restoreTail(TensorRecord record, DType to, Output out) throws IOException {
        if (record.tail() != null) {
            long head = record.headBytes(record.dtype());
            long tail = record.dtype().byteSize(record.shape()) - head;
            decode(
                    record,
                    record.tailPayload(),
                    null,
                    tail,
                    new Converter(record, to, where(record), head, out));
        }
    }

    private void restoreExactly(TensorRecord record, Converter out) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment baseData = checkedBase(record, arena);
            long size = record.headBytes(record.dtype());
            switch (record.kind()) {
                case EQUAL -> copy(baseHead(record, baseData), out);
                case LOSSLESS ->
                        decode(record, record.payload(), baseHead(record, baseData), size, out);
                default -> decode(record, record.payload(), null, size, out);
            }
        }
    }

    private static void copy(MemorySegment from, Converter out) throws IOException {
        MappedPages read = MappedPages.behindReaderOf(from);
        for (long at = 0; at < from.byteSize(); at += PIECE) {
            long length = Math.min(PIECE, from.byteSize() - at);
            out.write(at, from.asSlice(at, length));
            read.passed(at + length);
        }
    }

    /**
     * Decodes the matrices of a tensor one after the other, after checking the fingerprint of its
     * base.
     *
     * @throws MismatchException if the base is not the one that the delta was made against
     */
    void decodeMatrices(TensorRecord record, Session session, MatrixUse use) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment baseData = checkedBase(record, arena);
            if (baseData == null) {
                throw new MalformedFileException(where(record) + ": factors without a base tensor");
            }
            requireSameMatrix(record);
            List<Block> blocks = blocks(record, arena);
            for (int slice = 0; slice < blocks.size(); slice++) {
                Block block = blocks.get(slice);
                MatrixView before = baseSlice(record, baseData, slice, block);
                try (Delta decoded = unpack(block, record, session)) {
                    use.accept(slice, before, decoded);
                }
                MappedPages.release(before.data());
            }
        }
    }

    /**
     * Maps the base tensor of a record, if it has one, and checks that it is the right one.
     *
     * @throws MismatchException if it is missing or differs in a single bit
     */
    @Nullable MemorySegment checkedBase(TensorRecord record, Arena arena) throws IOException {
        if (record.base() == null) {
            return null;
        }
        return checkedBase(record.baseName(), record.base(), arena);
    }

    /** The same for a tensor of the base by name. */
    MemorySegment checkedBase(String name, String fingerprint, Arena arena) throws IOException {
        TensorInfo info = base.tensors().get(name);
        if (info == null) {
            throw new MismatchException(
                    "%s: tensor '%s' is missing; the delta was made against '%s'"
                            .formatted(base.path(), name, delta.manifest().head().base()));
        }
        MemorySegment data = base.map(name, arena);
        String found = Hashes.fingerprint(info, data);
        if (!found.equals(fingerprint)) {
            throw new MismatchException(
                    "%s: tensor '%s' differs from that of the base '%s' which the delta was made against: fingerprint %s, expected %s"
                            .formatted(
                                    base.path(),
                                    info.displayName(),
                                    delta.manifest().head().base(),
                                    found,
                                    fingerprint));
        }
        return data;
    }

    /** A base tensor that the tuned model lacks still tells a wrong base from the right one. */
    void checkRemoved() throws IOException {
        for (var removed : delta.manifest().removed()) {
            try (Arena arena = Arena.ofConfined()) {
                checkedBase(removed.name(), removed.base(), arena);
            }
        }
    }

    /** The factor blocks of a tensor, one for each of its matrices. */
    private List<Block> blocks(TensorRecord record, Arena arena) throws IOException {
        MemorySegment payload = delta.payload(record.payload(), arena);
        int rank = record.dimensions().size();
        int slices = rank == 3 ? Math.toIntExact(record.dimensions().getFirst()) : 1;
        long allRows = record.rows() == null ? record.dimensions().get(rank - 2) : record.rows();
        int rows = Math.toIntExact(allRows);
        int columns = Math.toIntExact(record.dimensions().get(rank - 1));
        List<Block> blocks = new ArrayList<>();
        long at = 0;
        for (int slice = 0; slice < slices; slice++) {
            MaskKey key = new MaskKey(delta.manifest().head().seed(), record.id() + slice);
            MemorySegment rest = payload.asSlice(at);
            long bytes = FactorBlock.readHeader(rest, rows, columns, where(record)).byteSize(key);
            if (bytes > rest.byteSize()) {
                throw new MalformedFileException(
                        "%s: byte %d: a block of %d bytes, found %d"
                                .formatted(where(record), at, bytes, rest.byteSize()));
            }
            blocks.add(new Block(rest.asSlice(0, bytes), key, rows, columns));
            at += bytes;
        }
        if (at != payload.byteSize()) {
            throw new MalformedFileException(
                    "%s: byte %d: %d bytes follow the last block"
                            .formatted(where(record), at, payload.byteSize() - at));
        }
        return blocks;
    }

    /** The base tensor's part of a matrix. */
    private MatrixView baseSlice(
            TensorRecord record, MemorySegment baseData, int slice, Block block) {
        DType dtype = baseInfo(record).dtype();
        if (!dtype.isCompressible()) {
            throw new MalformedFileException(where(record) + ": its base is " + dtype);
        }
        return slice(baseData, dtype, block.rows(), block.columns(), slice);
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

    private void addFactors(TensorRecord record, Session session, DType to, Output out)
            throws IOException {
        decodeMatrices(
                record,
                session,
                (slice, before, decoded) -> {
                    try (Arena arena = Arena.ofShared()) {
                        long bytes = (long) before.rows() * before.columns() * (to.bits() / 8);
                        MemorySegment restored = arena.allocate(bytes, 64);
                        MatrixView target =
                                new MatrixView(restored, to, before.rows(), before.columns());
                        requireNoOverflow(session.add(before, decoded, target), where(record));
                        out.write(slice * bytes, restored);
                    }
                });
    }

    private Delta unpack(Block block, TensorRecord record, Session session) {
        return session.unpack(
                block.packed(), block.rows(), block.columns(), block.key(), where(record));
    }

    private void decode(
            TensorRecord record,
            String payload,
            @Nullable MemorySegment baseHead,
            long size,
            Converter out)
            throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment block = delta.payload(payload, arena);
            ExactBlock.decode(block, record.dtype(), baseHead, size, out, where(record));
        }
    }

    private MemorySegment baseHead(TensorRecord record, @Nullable MemorySegment baseData) {
        if (baseData == null) {
            throw new MalformedFileException(where(record) + ": no base tensor");
        }
        if (baseInfo(record).dtype() != record.dtype()) {
            throw new MalformedFileException(
                    "%s: %s, but its base is %s"
                            .formatted(where(record), record.dtype(), baseInfo(record).dtype()));
        }
        requireSameMatrix(record);
        return baseData.asSlice(0, record.headBytes(record.dtype()));
    }

    /** The stored rows must exist in the base, in the same shape. */
    private void requireSameMatrix(TensorRecord record) {
        List<Long> ours = record.dimensions();
        List<Long> theirs = baseInfo(record).shape().dimensions();
        boolean fits = ours.equals(theirs);
        if (!fits && record.rows() != null && ours.size() == theirs.size()) {
            fits =
                    ours.subList(1, ours.size()).equals(theirs.subList(1, theirs.size()))
                            && record.rows() <= theirs.getFirst();
        }
        if (!fits) {
            throw new MalformedFileException(
                    "%s: shape %s, but %s in the base".formatted(where(record), ours, theirs));
        }
    }

    private TensorInfo baseInfo(TensorRecord record) {
        TensorInfo info = base.tensors().get(record.baseName());
        if (info == null) {
            throw new MismatchException(where(record) + ": missing in the base");
        }
        return info;
    }
}
