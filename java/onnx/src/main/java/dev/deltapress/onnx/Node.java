package dev.deltapress.onnx;

import java.util.List;

/**
 * A {@code NodeProto} without its attributes.
 *
 * @param name path of the node in the exported program, or empty
 * @param inputs names of values by position; empty where an optional input is left out
 * @param outputs names of values by position
 */
record Node(String name, String opType, List<String> inputs, List<String> outputs) {}
