package dev.deltapress.pipeline;

import dev.deltapress.delta.ExactBlock.Output;
import dev.deltapress.delta.TensorRecord;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Floats;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Passes pieces of a tensor on in another dtype, each value rounded once, or as they are.
 *
 * @param to the tensor's own dtype, or another where both are compressible
 * @param where names file and tensor in errors
 * @param start byte of the tensor, in its own dtype, at which the pieces begin
 */
record Converter(TensorRecord record, DType to, String where, long start, Output out)
        implements Output {

    @Override
    public void write(long at, MemorySegment piece) throws IOException {
        DType from = record.dtype();
        if (from == to) {
            out.write(start + at, piece);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long count = piece.byteSize() * 8 / from.bits();
            MemorySegment converted = arena.allocate(count * to.bits() / 8);
            long overflows = 0;
            for (long i = 0; i < count; i++) {
                float value = Floats.get(piece, from, i);
                Floats.set(converted, to, i, value);
                boolean infinite = Float.isInfinite(Floats.get(converted, to, i));
                overflows += infinite && Float.isFinite(value) ? 1 : 0;
            }
            TensorDecoder.requireNoOverflow(overflows, where);
            out.write((start + at) * to.bits() / from.bits(), converted);
        }
    }
}
