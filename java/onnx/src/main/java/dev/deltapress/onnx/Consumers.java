package dev.deltapress.onnx;

import dev.deltapress.onnx.TensorProto.Elements;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorRole;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which nodes read a tensor, and what that says of its role. */
final class Consumers {

    /** Shorter sides save nothing; the same bound holds for safetensors. */
    private static final long SHORTEST_SIDE = 64;

    private static final String ANONYMOUS = "onnx::";

    /** What may stand between a weight and the node that uses it. */
    private static final Set<String> PASS_THROUGH = Set.of("Transpose", "Identity", "Cast");

    private record Use(Node node, int position) {
        /** Whether the tensor is a factor of a matrix product; Gemm's third input is a bias. */
        boolean isFactor() {
            return position < 2 && (node.opType().equals("MatMul") || node.opType().equals("Gemm"));
        }

        /** Whether the tensor is a table that rows are taken from. */
        boolean isTable() {
            return position == 0 && node.opType().equals("Gather");
        }
    }

    private final Map<String, List<Use>> uses = new HashMap<>();

    /**
     * @param nodes in graph order
     */
    Consumers(List<Node> nodes) {
        for (Node node : nodes) {
            for (int i = 0; i < node.inputs().size(); i++) {
                uses.computeIfAbsent(node.inputs().get(i), name -> new ArrayList<>())
                        .add(new Use(node, i));
            }
        }
    }

    /** The role of elements that the graph knows by one or several names. */
    TensorRole role(Elements elements, List<String> names) {
        if (!couldBeMatrix(elements.dtype(), elements.shape())) {
            return TensorRole.OTHER;
        }
        List<Use> all = uses(names);
        if (all.stream().anyMatch(Use::isTable)) {
            return TensorRole.EMBEDDING;
        }
        return all.stream().anyMatch(Use::isFactor) ? TensorRole.MATRIX : TensorRole.OTHER;
    }

    /** The path of the first matrix product that reads a tensor with an anonymous name, or null. */
    @Nullable String label(List<String> names) {
        if (!names.getFirst().startsWith(ANONYMOUS)) {
            return null;
        }
        return uses(names).stream()
                .filter(Use::isFactor)
                .map(use -> use.node().name())
                .filter(path -> !path.isEmpty())
                .findFirst()
                .orElse(null);
    }

    private static boolean couldBeMatrix(DType dtype, Shape shape) {
        return dtype.isCompressible()
                && shape.rank() == 2
                && shape.dimension(0) >= SHORTEST_SIDE
                && shape.dimension(1) >= SHORTEST_SIDE;
    }

    private List<Use> uses(List<String> names) {
        Set<String> values = new LinkedHashSet<>(names);
        for (String name : names) {
            for (Use use : uses.getOrDefault(name, List.of())) {
                if (PASS_THROUGH.contains(use.node().opType())) {
                    values.addAll(use.node().outputs());
                }
            }
        }
        return values.stream().flatMap(v -> uses.getOrDefault(v, List.of()).stream()).toList();
    }
}
