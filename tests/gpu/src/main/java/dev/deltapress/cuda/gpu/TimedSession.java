package dev.deltapress.cuda.gpu;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Factors;
import dev.deltapress.backend.Backend.Measured;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.ErrorSums;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.PackedMatrix;
import dev.deltapress.delta.FactorBlock;
import dev.deltapress.delta.MaskKey;
import dev.deltapress.linalg.RankRule;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A session whose calls are timed by stage. All but {@link #unpack} end with a copy to the host, so
 * that the time of a call is that of its work; factorising leaves the signs of its vectors, which
 * are a thousandth of it.
 */
record TimedSession(Session session, StageTimes times) implements Session {

    @Override
    public Delta subtract(MatrixView tuned, MatrixView base) {
        return times.time(Stage.UPLOAD_AND_SUBTRACT, () -> session.subtract(tuned, base));
    }

    @Override
    public Factors factorise(Delta delta, RankRule rank) {
        return times.time(Stage.FACTORISE, () -> session.factorise(delta, rank));
    }

    @Override
    public List<Factors> factorise(List<Delta> deltas, List<RankRule> ranks) {
        return times.time(Stage.FACTORISE, () -> session.factorise(deltas, ranks));
    }

    @Override
    public void pack(Factors factors, FactorBlock block, MaskKey key, MemorySegment out) {
        long start = System.nanoTime();
        session.pack(factors, block, key, out);
        times.add(Stage.MASK_AND_PACK, System.nanoTime() - start);
    }

    @Override
    public double[] fitMultipliers(Delta delta, PackedMatrix packed) {
        return session.fitMultipliers(delta, packed);
    }

    @Override
    public Factors refitLeft(Delta delta, Factors factors, PackedMatrix packed) {
        return session.refitLeft(delta, factors, packed);
    }

    @Override
    public Delta unpack(PackedMatrix packed) {
        return session.unpack(packed);
    }

    @Override
    public Delta delta(MatrixView values) {
        return session.delta(values);
    }

    @Override
    public void values(Delta delta, MatrixView out) {
        session.values(delta, out);
    }

    @Override
    public long restore(PackedMatrix packed, int row, MatrixView base, MatrixView out) {
        return times.time(Stage.RESTORE, () -> session.restore(packed, row, base, out));
    }

    @Override
    public long add(MatrixView base, Delta delta, MatrixView out) {
        return session.add(base, delta, out);
    }

    @Override
    public Measured measure(Delta truth, Delta decoded, MatrixView tuned, MatrixView base) {
        return session.measure(truth, decoded, tuned, base);
    }

    @Override
    public ErrorSums compare(Delta truth, Delta decoded, MatrixView tuned, MatrixView restored) {
        return session.compare(truth, decoded, tuned, restored);
    }

    @Override
    public void close() {
        session.close();
    }
}
