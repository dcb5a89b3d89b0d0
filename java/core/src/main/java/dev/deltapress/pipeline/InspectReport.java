package dev.deltapress.pipeline;

import java.util.List;
import java.util.Map;

/**
 * What is in a delta.
 *
 * @param base what the delta calls its base
 * @param files small files that travel in it, by name, with their sizes
 */
public record InspectReport(
        int formatVersion,
        String method,
        Map<String, String> parameters,
        long seed,
        String backend,
        String base,
        List<TensorReport> tensors,
        Map<String, Long> files,
        long storedBytes) {

    public InspectReport {
        parameters = Map.copyOf(parameters);
        tensors = List.copyOf(tensors);
    }
}
