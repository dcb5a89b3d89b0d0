package dev.deltapress.pipeline;

import dev.deltapress.DeltaPressException;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.DeltaOperator;
import dev.deltapress.backend.Weights;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.ExactBlock.Output;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A fine-tuned model as base and delta, of which any tensor, or some of its rows, is restored when
 * it is asked for, and any matrix can be applied to vectors without being restored. Nothing else is
 * read; what is read is checked when it is read first. Safe for use by several threads at once.
 */
public final class TunedModel implements AutoCloseable {
    private final BaseModel base;
    private final DeltaReader delta;
    private final BaseTensors baseTensors;
    private final TensorDecoder decoder;
    private final Map<String, TensorRecord> records = new LinkedHashMap<>();

    /** Names of tensors whose payloads are as they were written. */
    private final Set<String> checked = ConcurrentHashMap.newKeySet();

    private TunedModel(BaseModel base, DeltaReader delta) {
        this.base = base;
        this.delta = delta;
        this.baseTensors = new BaseTensors(base.checkpoint(), delta);
        this.decoder = new TensorDecoder(baseTensors, delta);
        delta.manifest().tensors().forEach(record -> records.put(record.name(), record));
    }

    /**
     * Opens a delta.
     *
     * @param base the model that it was made against; stays the caller's to close, after this
     * @param delta folder of the delta
     * @throws dev.deltapress.MalformedFileException if manifest or headers are damaged
     */
    public static TunedModel open(BaseModel base, Path delta) throws IOException {
        return new TunedModel(base, DeltaReader.openPartially(delta));
    }

    /** Its tensors by name, in the order of the model. */
    public Map<String, TensorRecord> tensors() {
        return Collections.unmodifiableMap(records);
    }

    /**
     * Restores a tensor.
     *
     * @param out as many bytes as the tensor has in its own dtype
     * @throws dev.deltapress.MismatchException if the base is not the one of the delta
     * @throws dev.deltapress.MalformedFileException if the tensor's bytes are damaged
     * @throws IllegalArgumentException if there is no such tensor, or {@code out} has another size
     */
    public void read(String name, MemorySegment out) throws IOException {
        TensorRecord record = record(name);
        read(record, TensorPart.all(record), out);
    }

    /**
     * Restores consecutive rows of a matrix, or entries of a vector, or matrices of a 3-D tensor.
     *
     * @param first number of the first of them
     * @param out as many bytes as these have in the tensor's own dtype
     * @throws IllegalArgumentException if there is no such tensor, if it has fewer rows, or if
     *     {@code out} has another size
     * @see #read(String, MemorySegment)
     */
    public void readRows(String name, long first, long rows, MemorySegment out) throws IOException {
        TensorRecord record = record(name);
        read(record, TensorPart.rows(record, first, rows), out);
    }

    private void read(TensorRecord record, TensorPart part, MemorySegment out) throws IOException {
        if (out.byteSize() != part.byteSize()) {
            throw new IllegalArgumentException(
                    "%d bytes for %d of tensor '%s'"
                            .formatted(out.byteSize(), part.byteSize(), record.displayName()));
        }
        checkPayloads(record);
        Output window = (at, piece) -> copyOverlap(at, piece, part, out);
        Session session = base.sessions().take();
        try {
            decoder.restore(record, part, record.dtype(), session, window);
        } finally {
            base.sessions().giveBack(session);
        }
    }

    private static void copyOverlap(
            long at, MemorySegment piece, TensorPart part, MemorySegment out) {
        long from = Math.max(at, part.from());
        long to = Math.min(at + piece.byteSize(), part.to());
        if (from < to) {
            MemorySegment.copy(piece, from - at, out, from - part.from(), to - from);
        }
    }

    /**
     * A compressed matrix, ready to be applied to vectors; the caller closes it before this.
     *
     * @throws DeltaPressException if the tensor is not stored as factors of one matrix: then there
     *     is nothing to apply, and {@link #read} gives the whole
     * @see #weights
     */
    public DeltaOperator operator(String name) throws IOException {
        TensorRecord record = factors(name);
        checkPayloads(record);
        try (Arena arena = Arena.ofShared()) {
            return base.backend().operator(decoder.packed(record, arena).getFirst());
        }
    }

    /**
     * The base matrix beneath {@link #operator}, the same one for all deltas of a base that ask for
     * it. It is closed with the base.
     */
    public Weights weights(String name) throws IOException {
        TensorRecord record = factors(name);
        try (Arena arena = Arena.ofShared()) {
            baseTensors.map(record, arena);
        }
        long rows = record.rows() == null ? record.dimensions().getFirst() : record.rows();
        return base.weights(baseTensors.info(record, decoder.where(record)), Math.toIntExact(rows));
    }

    private TensorRecord factors(String name) {
        TensorRecord record = record(name);
        if (record.kind() != Kind.FACTORS || record.dimensions().size() != 2) {
            throw new DeltaPressException(
                    "%s: %s %s is no matrix of factors"
                            .formatted(
                                    decoder.where(record), record.kind().text(), record.shape()));
        }
        return record;
    }

    private void checkPayloads(TensorRecord record) throws IOException {
        if (!checked.contains(record.name())) {
            delta.checkPayloads(record);
            checked.add(record.name());
        }
    }

    private TensorRecord record(String name) {
        @Nullable TensorRecord record = records.get(name);
        if (record == null) {
            throw new IllegalArgumentException(
                    "%s: no tensor '%s'".formatted(delta.folder(), name));
        }
        return record;
    }

    @Override
    public void close() {
        delta.close();
    }
}
