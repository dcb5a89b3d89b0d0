package dev.deltapress.pipeline;

import dev.deltapress.method.Method;

import java.nio.file.Path;
import java.util.List;

/**
 * Which methods to try on a pair.
 *
 * @param pair models, selection, seed and resources of every run; its method, output and force have
 *     no meaning here
 * @param methods each with its ratio and parameters, in the order of the report; the same one twice
 *     is run once
 * @param folder a folder that exists, in which the deltas are written
 * @param keepDeltas whether they stay there, each in a folder of its own such as {@code impart-32x}
 */
public record CompareRequest(
        CompressRequest pair, List<Method> methods, Path folder, boolean keepDeltas) {

    public CompareRequest {
        methods = List.copyOf(methods);
    }
}
