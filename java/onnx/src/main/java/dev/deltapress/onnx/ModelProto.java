package dev.deltapress.onnx;

import java.util.List;
import java.util.SequencedSet;

/**
 * A {@code ModelProto} as far as weights go.
 *
 * @param initializers in file order
 * @param nodes of the main graph and the graphs inside its nodes: these see its initializers too
 * @param externalLocations every file that any tensor of the model refers to, not yet trusted
 */
record ModelProto(
        List<Initializer> initializers, List<Node> nodes, SequencedSet<String> externalLocations) {}
