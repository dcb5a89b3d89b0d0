package dev.deltapress.backend;

import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.Elements;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/**
 * Runs {@link HostLoops} on the threads of a team, in pieces of a fixed number of elements whose
 * results are combined in order: they do not depend on the number of threads.
 */
record PieceLoop(Team team) {
    private static final long PIECE = 1 << 20;

    /** Pieces of a product for each thread: some, since threads are not equally fast. */
    private static final int SHARES = 4;

    /** Rows that a piece of a product has at least. */
    private static final int LEAST_ROWS = 16;

    /** Never started: whoever it may touch memory of is everybody. */
    private static final Thread SOMEBODY_ELSE = Thread.ofPlatform().unstarted(() -> {});

    /** A loop that counts something. */
    interface Counting {
        long count(Elements x, Elements y, Elements out);
    }

    /** The sum of what a loop counts in all pieces. */
    long sum(Counting loop, Elements x, Elements y, Elements out) {
        long[] counts = new long[pieces(out)];
        forEach(
                counts.length,
                i -> counts[i] = loop.count(piece(x, i), piece(y, i), piece(out, i)),
                x,
                y,
                out);
        return Arrays.stream(counts).sum();
    }

    /** {@link HostLoops#compare} of all pieces. */
    ErrorSums errors(
            HostLoops loops, Elements truth, Elements decoded, Elements tuned, Elements restored) {
        ErrorSums[] sums = new ErrorSums[pieces(truth)];
        forEach(
                sums.length,
                i ->
                        sums[i] =
                                loops.compare(
                                        piece(truth, i),
                                        piece(decoded, i),
                                        piece(tuned, i),
                                        piece(restored, i)),
                truth,
                decoded,
                tuned,
                restored);
        return Arrays.stream(sums).reduce(ErrorSums.ZERO, ErrorSums::plus);
    }

    /** The sum of what a loop over rows counts in all of them. */
    long rows(RowAdder loop, int row, MatrixView base, MatrixView out) {
        int share = Math.ceilDiv(base.rows(), SHARES * team.threads());
        int rows = Math.max(LEAST_ROWS, share);
        long[] counts = new long[Math.ceilDiv(base.rows(), rows)];
        forEach(
                counts.length,
                i -> {
                    int from = i * rows;
                    int to = Math.min(base.rows(), from + rows);
                    counts[i] =
                            loop.add(row + from, base.rowRange(from, to), out.rowRange(from, to));
                },
                base.elements(),
                out.elements());
        return Arrays.stream(counts).sum();
    }

    /** Shares the pieces where all memory is open to other threads. */
    private void forEach(int count, IntConsumer body, Elements... operands) {
        boolean shared = Stream.of(operands).allMatch(o -> o.data().isAccessibleBy(SOMEBODY_ELSE));
        (shared ? team : Team.alone()).forEach(count, body);
    }

    private static int pieces(Elements elements) {
        return Math.toIntExact(Math.ceilDiv(elements.count(), PIECE));
    }

    private static Elements piece(Elements elements, int index) {
        long from = index * PIECE;
        return elements.slice(from, Math.min(PIECE, elements.count() - from));
    }
}
