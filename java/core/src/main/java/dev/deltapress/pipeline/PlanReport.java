package dev.deltapress.pipeline;

import java.util.List;

/**
 * What compressing would do, from headers alone.
 *
 * @param tensors stored bytes are the budget for matrices and an upper bound for the rest
 * @param estimatedBytes of the whole delta
 * @param estimatedSeconds from the sizes and a nominal rate; an order of magnitude
 * @param peakMemoryBytes bound on the resident memory of the process, with the JVM's own share as
 *     {@link Resources} has it
 * @param notes what a user should know: removed tensors, grown vocabularies, what dominates
 */
public record PlanReport(
        List<TensorReport> tensors,
        int matrices,
        long tunedBytes16Bit,
        long matrixBytes16Bit,
        long matrixBudgetBytes,
        long estimatedBytes,
        double estimatedSeconds,
        long peakMemoryBytes,
        String backend,
        String method,
        List<String> notes) {

    public PlanReport {
        tensors = List.copyOf(tensors);
        notes = List.copyOf(notes);
    }
}
