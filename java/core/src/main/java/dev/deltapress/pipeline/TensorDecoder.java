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
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.Hashes;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Restores tensors of a delta on a base, one at a time and independently of each other. */
final class TensorDecoder {
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
        void accept(int slice, MatrixView base, Delta decoded);
    }

    /**
     * Restores a tensor after checking the fingerprint of its base.
     *
     * @param to dtype of the result; another than the tensor's own only if both are compressible
     * @param arena shared
     * @return read-only where the tensor is the base's
     * @throws MismatchException if the base is not the one that the delta was made against
     */
    MemorySegment restore(TensorRecord record, DType to, Session session, Arena arena)
            throws IOException {
        if (record.kind() == Kind.EQUAL && record.tail() == null && to == record.dtype()) {
            return baseHead(record, checkedBase(record, arena));
        }
        MemorySegment out = arena.allocate(to.byteSize(record.shape()), 64);
        MemorySegment head = out.asSlice(0, record.headBytes(to));
        if (record.kind() == Kind.FACTORS) {
            addFactors(record, session, to, head);
        } else {
            restoreExactly(record, to, head);
        }
        if (record.tail() != null) {
            restoreTail(record, to, out.asSlice(record.headBytes(to)));
        }
        return out;
    }

    /** Restores the rows that the base lacks. */
    void restoreTail(TensorRecord record, DType to, MemorySegment tail) throws IOException {
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment own = own(record, to, tail, scratch);
            decode(record, record.tailPayload(), null, own);
            convert(record, own, to, tail);
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

    private void restoreExactly(TensorRecord record, DType to, MemorySegment head)
            throws IOException {
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment baseData = checkedBase(record, scratch);
            MemorySegment own = own(record, to, head, scratch);
            switch (record.kind()) {
                case EQUAL -> own.copyFrom(baseHead(record, baseData));
                case LOSSLESS -> decode(record, record.payload(), baseHead(record, baseData), own);
                default -> decode(record, record.payload(), null, own);
            }
            convert(record, own, to, head);
        }
    }

    /** Where to decode to: the output itself, or as many elements of the tensor's own dtype. */
    private static MemorySegment own(
            TensorRecord record, DType to, MemorySegment out, Arena scratch) {
        return to == record.dtype()
                ? out
                : scratch.allocate(out.byteSize() / to.bits() * record.dtype().bits());
    }

    private void convert(TensorRecord record, MemorySegment own, DType to, MemorySegment out) {
        if (to == record.dtype()) {
            return;
        }
        long overflows = 0;
        for (long i = 0; i < own.byteSize() * 8 / record.dtype().bits(); i++) {
            float value = Floats.get(own, record.dtype(), i);
            Floats.set(out, to, i, value);
            boolean overflow = Float.isInfinite(Floats.get(out, to, i)) && Float.isFinite(value);
            overflows += overflow ? 1 : 0;
        }
        requireNoOverflow(overflows, where(record));
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
        MappedPages.release(data);
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

    private void addFactors(TensorRecord record, Session session, DType to, MemorySegment out)
            throws IOException {
        decodeMatrices(
                record,
                session,
                (slice, before, decoded) -> {
                    MatrixView target = slice(out, to, before.rows(), before.columns(), slice);
                    requireNoOverflow(session.add(before, decoded, target), where(record));
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
            MemorySegment out)
            throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment block = delta.payload(payload, arena);
            ExactBlock.decode(block, record.dtype(), baseHead, out, where(record));
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
