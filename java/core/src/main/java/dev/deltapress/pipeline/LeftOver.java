package dev.deltapress.pipeline;

import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.method.Method;
import dev.deltapress.pipeline.TensorCompressor.Result;

import java.util.ArrayList;
import java.util.List;

/**
 * What is left of the budgets once matrices are coded. Whole components leave a part of one each,
 * and how much entropy coding saves is not known before. It buys some matrices one component more,
 * evenly through the model, until less than one is left.
 */
final class LeftOver {
    /** Share of all budgets that is worth coding matrices again. */
    private static final double WORTH = 0.005;

    private LeftOver() {}

    /**
     * Which matrices are to be coded again.
     *
     * @return their plans with what they may take now; none if little is left. All budgets together
     *     are no more than before
     */
    static List<TensorPlan> handedOut(List<Result> results, Method method) {
        List<Result> coded =
                results.stream().filter(result -> result.record().kind() == Kind.FACTORS).toList();
        long budgets = coded.stream().mapToLong(result -> result.plan().budget()).sum();
        if (budgets - coded.stream().mapToLong(LeftOver::used).sum() < WORTH * budgets) {
            return List.of();
        }
        List<TensorPlan> again = new ArrayList<>();
        long left = 0;
        for (Result result : coded) {
            TensorPlan plan = result.plan();
            left += plan.budget() - used(result);
            long step = step(plan, method);
            if (step > 1 && step <= left) {
                again.add(plan.withBudget(used(result) + step));
                left -= step;
            }
        }
        return again;
    }

    private static long used(Result result) {
        return result.payloads().getFirst().bytes();
    }

    /** The bytes that one component more takes at most; 1 where a method can use any byte. */
    private static long step(TensorPlan plan, Method method) {
        long budget = plan.budget() / plan.slices();
        long usable = method.usable(plan.rows(), plan.columns(), budget);
        long low = budget;
        long high = 2 * budget;
        while (high - low > 1) {
            long middle = (low + high) >>> 1;
            if (method.usable(plan.rows(), plan.columns(), middle) > usable) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return plan.slices() * (high - usable);
    }
}
