package dev.deltapress.pipeline;

import dev.deltapress.MalformedFileException;
import dev.deltapress.MismatchException;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.delta.DeltaReader;
import dev.deltapress.delta.Hashes;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The tensors of a base that a delta builds on. Safe for use by several threads at once. */
final class BaseTensors {
    private final Checkpoint base;
    private final DeltaReader delta;

    /** Names of those that are known to be the right ones. */
    private final Set<String> checked = ConcurrentHashMap.newKeySet();

    BaseTensors(Checkpoint base, DeltaReader delta) {
        this.base = base;
        this.delta = delta;
    }

    /**
     * Maps the base tensor of a record, if it has one, and checks when it is asked for first that
     * it is the right one.
     *
     * @throws MismatchException if it is missing or differs in a single bit
     */
    @Nullable MemorySegment map(TensorRecord record, Arena arena) throws IOException {
        return record.base() == null ? null : map(record.baseName(), record.base(), arena);
    }

    private MemorySegment map(String name, String fingerprint, Arena arena) throws IOException {
        TensorInfo info = base.tensors().get(name);
        if (info == null) {
            throw new MismatchException(
                    "%s: tensor '%s' is missing; the delta was made against '%s'"
                            .formatted(base.path(), name, delta.manifest().head().base()));
        }
        MemorySegment data = base.map(name, arena);
        if (!checked.contains(name)) {
            requireFingerprint(info, data, fingerprint);
            checked.add(name);
        }
        return data;
    }

    private void requireFingerprint(TensorInfo info, MemorySegment data, String fingerprint) {
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
    }

    /** A base tensor that the tuned model lacks still tells a wrong base from the right one. */
    void checkRemoved() throws IOException {
        for (var removed : delta.manifest().removed()) {
            try (Arena arena = Arena.ofConfined()) {
                map(removed.name(), removed.base(), arena);
            }
        }
    }

    /**
     * What the base says of the tensor that a record's leading rows are stored against.
     *
     * @throws MalformedFileException if these rows do not exist there in the same shape
     */
    TensorInfo info(TensorRecord record, String where) {
        TensorInfo info = base.tensors().get(record.baseName());
        if (info == null) {
            throw new MismatchException(where + ": missing in the base");
        }
        List<Long> ours = record.dimensions();
        List<Long> theirs = info.shape().dimensions();
        boolean fits = ours.equals(theirs);
        if (!fits && record.rows() != null && ours.size() == theirs.size()) {
            fits =
                    ours.subList(1, ours.size()).equals(theirs.subList(1, theirs.size()))
                            && record.rows() <= theirs.getFirst();
        }
        if (!fits) {
            throw new MalformedFileException(
                    "%s: shape %s, but %s in the base".formatted(where, ours, theirs));
        }
        return info;
    }
}
