package dev.deltapress.backend;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.ElementBlock;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.DType;

import java.lang.foreign.Arena;

/**
 * The delta of a matrix as it is stored, whatever its kind. Factors are decoded by the backend;
 * codes of single elements on the host, by the same code for all backends (docs/decisions/0022).
 *
 * @param kind one that {@link Kind#isDelta}
 * @param packed its block
 */
public record CodedMatrix(Kind kind, PackedMatrix packed) {

    /**
     * @throws IllegalArgumentException if the kind stores no delta
     */
    public CodedMatrix {
        if (!kind.isDelta()) {
            throw new IllegalArgumentException("no delta: " + kind.text());
        }
    }

    /**
     * The delta.
     *
     * @throws dev.deltapress.MalformedFileException if the bytes are no block of that kind
     */
    public Delta decode(Session session) {
        if (kind == Kind.FACTORS) {
            return session.unpack(packed);
        }
        try (Arena arena = Arena.ofShared()) {
            return session.delta(elements(arena, 0, packed.rows()));
        }
    }

    /**
     * Restores rows of the matrix.
     *
     * @see Session#restore
     */
    public long restore(Session session, int row, MatrixView base, MatrixView out) {
        if (kind == Kind.FACTORS) {
            return session.restore(packed, row, base, out);
        }
        packed.requireRows(row, base);
        packed.requireRows(row, out);
        try (Arena arena = Arena.ofShared();
                Delta delta = session.delta(elements(arena, row, row + base.rows()))) {
            return session.add(base, delta, out);
        }
    }

    private MatrixView elements(Arena arena, int from, int to) {
        ElementBlock block =
                ElementBlock.read(
                        kind,
                        packed.bytes(),
                        packed.rows(),
                        packed.columns(),
                        packed.key(),
                        packed.where());
        int rows = to - from;
        long bytes = (long) rows * packed.columns() * Float.BYTES;
        MatrixView elements =
                new MatrixView(arena.allocate(bytes, 64), DType.F32, rows, packed.columns());
        block.decode(from, to, elements.data());
        return elements;
    }
}
