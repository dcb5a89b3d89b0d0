package dev.deltapress.panama.parity;

import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.JavaLoops;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Elements;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The fast loops of the Java backend, for what they do. */
final class JavaRunner implements Runner {
    private static final int TILE = 1024;
    private static final int PIECE = 1 << 20;

    private final JavaLoops loops = new JavaLoops();

    @Override
    public boolean does(Case c) {
        return switch (c.operation()) {
            case "subtract", "add", "error_sums" -> true;
            // Whole factors only.
            case "mask_draw" ->
                    c.parameter(3) + c.parameter(4) < Integer.MAX_VALUE && c.parameter(5) == 0;
            default -> false;
        };
    }

    @Override
    public List<Operand> run(Case c) {
        List<Operand> out = c.outputs();
        switch (c.operation()) {
            case "subtract" ->
                    out.get(1)
                            .set(
                                    0,
                                    loops.subtract(
                                            elements(c.input(0)),
                                            elements(c.input(1)),
                                            elements(out.get(0))));
            case "add" ->
                    out.get(1)
                            .set(
                                    0,
                                    loops.add(
                                            elements(c.input(0)),
                                            elements(c.input(1)),
                                            elements(out.get(0))));
            case "error_sums" -> errorSums(c, out.getFirst());
            default -> draw(c, out);
        }
        return out;
    }

    private static Elements elements(Operand operand) {
        DType dtype =
                switch (operand.element()) {
                    case F32 -> DType.F32;
                    case F16 -> DType.F16;
                    default -> DType.BF16;
                };
        return new Elements(MemorySegment.ofArray(operand.bytes()), dtype);
    }

    private void errorSums(Case c, Operand out) {
        long n = c.parameter(0);
        ErrorSums sums = ErrorSums.ZERO;
        for (long from = 0; from < n; from += PIECE) {
            Elements[] piece = new Elements[4];
            for (int i = 0; i < piece.length; i++) {
                piece[i] = elements(c.input(i)).slice(from, Math.min(PIECE, n - from));
            }
            sums = sums.plus(loops.compare(piece[0], piece[1], piece[2], piece[3]));
        }
        out.set(0, sums.delta());
        out.set(1, sums.error());
        out.set(2, sums.restoredError());
    }

    private static void draw(Case c, List<Operand> out) {
        MaskKey key = new MaskKey(c.parameter(0), c.parameter(1));
        Side side = c.parameter(2) == 0 ? Side.U : Side.V;
        int entries = (int) c.parameter(6);
        int tiles = Math.ceilDiv(entries, TILE);
        Arrays.fill(out.get(0).bytes(), (byte) 0);
        for (int row = 0; row < c.parameter(4); row++) {
            int component = (int) c.parameter(3) + row;
            long threshold = (c.input(0).intAt(row) & 0xFFFFFFFFL) + 1;
            int[] draws = key.draws(side, component, entries);
            for (int tile = 0; tile < tiles; tile++) {
                out.get(1)
                        .set(
                                row * tiles + tile,
                                MaskKey.countSurvivors(draws, tile * TILE, threshold));
            }
            out.get(2).set(row, key.survivors(side, component, entries, threshold));
            byte[] words = out.get(0).bytes();
            int from = row * tiles * TILE / Byte.SIZE;
            for (int i = 0; i < entries; i++) {
                if (MaskKey.survives(draws[i], threshold)) {
                    words[from + i / Byte.SIZE] |= (byte) (1 << (i % Byte.SIZE));
                }
            }
        }
    }
}
