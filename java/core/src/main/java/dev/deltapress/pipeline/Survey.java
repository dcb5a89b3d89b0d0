package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.linalg.Matrix;
import dev.deltapress.method.Method;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.MappedPages;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Looks at all deltas before the first is compressed, for methods that share the bytes of a model
 * out by what they are like.
 */
final class Survey {
    private final Checkpoint base;
    private final Checkpoint tuned;
    private final Backend backend;
    private final Workers workers;

    Survey(Checkpoint base, Checkpoint tuned, Backend backend, Workers workers) {
        this.base = base;
        this.tuned = tuned;
        this.backend = backend;
        this.workers = workers;
    }

    /** Sums over the elements of a delta, in f64. */
    private record Moments(double sum, double squares, long count) {
        /** Standard deviation; 0 where elements are NaN or infinite, which are refused later. */
        double deviation() {
            double mean = sum / Math.max(1, count);
            double deviation = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
            return Double.isFinite(deviation) ? deviation : 0;
        }
    }

    /** The plan with its budgets, which stay the same together, shared out by the method. */
    CompressPlan share(CompressPlan plan, Method method) throws IOException {
        Method.Sharing sharing = method.sharing();
        List<TensorPlan> matrices = plan.compressed();
        if (sharing == null || matrices.isEmpty()) {
            return plan;
        }
        TensorMemory memory = TensorMemory.of(backend, method);
        List<Double> deviations =
                workers.mapGroups(
                        matrices, TensorPlan::displayName, memory::toCompress, this::deviation);
        double[] weights =
                sharing.weights(
                        deviations.stream().mapToDouble(d -> d).toArray(),
                        matrices.stream().mapToLong(p -> p.matrixBytes16Bit() / 2).toArray());
        return withBudgets(plan, shared(matrices, weights, method));
    }

    private double deviation(TensorPlan plan, Session session) throws IOException {
        TensorInfo before = Objects.requireNonNull(plan.pair().base());
        try (Arena arena = Arena.ofShared()) {
            MemorySegment tunedData = tuned.map(plan.tuned().name(), arena);
            MemorySegment baseData = base.map(before.name(), arena);
            int rows = plan.rows();
            int columns = plan.columns();
            Matrix values = Matrix.allocate(arena, rows, columns);
            MatrixView view = new MatrixView(values.data(), DType.F32, rows, columns);
            Moments moments = new Moments(0, 0, 0);
            for (int slice = 0; slice < plan.slices(); slice++) {
                DType after = plan.tuned().dtype();
                MatrixView from =
                        TensorDecoder.slice(baseData, before.dtype(), rows, columns, slice);
                MatrixView to = TensorDecoder.slice(tunedData, after, rows, columns, slice);
                try (Delta delta = session.subtract(to, from)) {
                    session.values(delta, view);
                }
                MappedPages.release(from.data());
                MappedPages.release(to.data());
                moments = plus(moments, values);
            }
            return moments.deviation();
        }
    }

    private static Moments plus(Moments before, Matrix values) {
        double sum = before.sum;
        double squares = before.squares;
        float[] row = new float[values.columns()];
        for (int i = 0; i < values.rows(); i++) {
            values.copyRow(i, 0, row.length, row, 0);
            double rowSum = 0;
            double rowSquares = 0;
            for (float value : row) {
                rowSum += value;
                rowSquares += (double) value * value;
            }
            sum += rowSum;
            squares += rowSquares;
        }
        return new Moments(sum, squares, before.count + (long) values.rows() * values.columns());
    }

    /** What is above the least bytes is shared out; nobody gets less than those. */
    private static List<TensorPlan> shared(
            List<TensorPlan> matrices, double[] weights, Method method) {
        double all = 0;
        double spare = 0;
        double[] parts = new double[weights.length];
        for (int i = 0; i < parts.length; i++) {
            TensorPlan plan = matrices.get(i);
            long above = plan.budget() - least(plan, method);
            spare += above;
            parts[i] = weights[i] * above;
            all += parts[i];
        }
        List<TensorPlan> shared = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            TensorPlan plan = matrices.get(i);
            // Floor, and a hair less than all of it: together they are never more.
            long above = all > 0 ? (long) Math.floor(spare * (parts[i] / all) * (1 - 1e-12)) : 0;
            shared.add(plan.withBudget(least(plan, method) + above));
        }
        return shared;
    }

    private static long least(TensorPlan plan, Method method) {
        return plan.slices() * method.leastBytes(plan.rows(), plan.columns());
    }

    private static CompressPlan withBudgets(CompressPlan plan, List<TensorPlan> budgeted) {
        Map<Long, TensorPlan> byId = new HashMap<>();
        budgeted.forEach(tensor -> byId.put(tensor.id(), tensor));
        List<TensorPlan> tensors =
                plan.tensors().stream().map(t -> byId.getOrDefault(t.id(), t)).toList();
        return new CompressPlan(tensors, plan.removed(), plan.head());
    }
}
