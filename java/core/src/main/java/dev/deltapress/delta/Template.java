package dev.deltapress.delta;

import static dev.deltapress.tensor.Floats.WORD32;
import static dev.deltapress.tensor.Floats.WORD64;

import dev.deltapress.MalformedFileException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of the tuned model without its tensors, as a delta carries it (docs/format.md, section 3).
 *
 * @param literal bytes that belong to no tensor
 * @param splices where tensors go
 */
public record Template(MemorySegment literal, List<Splice> splices) {
    private static final int SPLICE_BYTES = Long.BYTES + Integer.BYTES;

    public Template {
        splices = List.copyOf(splices);
    }

    /**
     * One tensor's place.
     *
     * @param at literal bytes before the tensor
     * @param id of the tensor's record
     */
    public record Splice(long at, long id) {}

    /** As stored, before it is coded. */
    public MemorySegment toBytes() {
        long prefix = Integer.BYTES + (long) SPLICE_BYTES * splices.size();
        MemorySegment bytes =
                MemorySegment.ofArray(new byte[Math.toIntExact(prefix + literal.byteSize())]);
        bytes.set(WORD32, 0, splices.size());
        long position = Integer.BYTES;
        for (Splice splice : splices) {
            bytes.set(WORD64, position, splice.at());
            bytes.set(WORD32, position + Long.BYTES, (int) splice.id());
            position += SPLICE_BYTES;
        }
        MemorySegment.copy(literal, 0, bytes, position, literal.byteSize());
        return bytes;
    }

    /**
     * Reads and checks a template.
     *
     * @param where names the file in errors
     */
    public static Template read(MemorySegment bytes, String where) {
        if (bytes.byteSize() < Integer.BYTES) {
            throw new MalformedFileException(where + ": a template is at least 4 bytes");
        }
        long count = bytes.get(WORD32, 0) & 0xFFFFFFFFL;
        long prefix = Integer.BYTES + SPLICE_BYTES * count;
        if (prefix > bytes.byteSize()) {
            throw new MalformedFileException(
                    "%s: %d splices in %d bytes".formatted(where, count, bytes.byteSize()));
        }
        long literalBytes = bytes.byteSize() - prefix;
        List<Splice> splices = new ArrayList<>();
        long previous = 0;
        for (long i = 0; i < count; i++) {
            long position = Integer.BYTES + SPLICE_BYTES * i;
            long at = bytes.get(WORD64, position);
            if (at < previous || at > literalBytes) {
                throw new MalformedFileException(
                        "%s: byte %d: splice at %d, after %d and within %d expected"
                                .formatted(where, position, at, previous, literalBytes));
            }
            splices.add(new Splice(at, bytes.get(WORD32, position + Long.BYTES) & 0xFFFFFFFFL));
            previous = at;
        }
        return new Template(bytes.asSlice(prefix), splices);
    }
}
