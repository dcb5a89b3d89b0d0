package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.TensorInfo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which tensors are worked on together: matrices of one shape and the same types that are
 * compressed, as many as the backend likes. It depends on plan and backend alone, and so then do
 * the bytes that come out.
 */
final class TensorGroups {

    private TensorGroups() {}

    /** What tensors of a group have in common. */
    private record Kind(int rows, int columns, DType tuned, DType base) {}

    /** Every tensor in one group, in their order; a group stands where its first tensor does. */
    static List<List<TensorPlan>> of(List<TensorPlan> tensors, Backend backend) {
        List<List<TensorPlan>> groups = new ArrayList<>();
        Map<Kind, List<TensorPlan>> open = new HashMap<>();
        for (TensorPlan tensor : tensors) {
            TensorInfo base = tensor.pair().base();
            if (tensor.treatment() != Treatment.COMPRESS
                    || base == null
                    || tensor.tuned().shape().rank() != 2) {
                groups.add(List.of(tensor));
                continue;
            }
            Kind kind =
                    new Kind(tensor.rows(), tensor.columns(), tensor.tuned().dtype(), base.dtype());
            List<TensorPlan> group = open.get(kind);
            if (group == null || group.size() >= backend.batch(kind.rows(), kind.columns())) {
                group = new ArrayList<>();
                groups.add(group);
                open.put(kind, group);
            }
            group.add(tensor);
        }
        return groups;
    }

    /** For an error in which any of them may have failed. */
    static String names(List<TensorPlan> group) {
        return group.stream().map(TensorPlan::displayName).collect(Collectors.joining("', '"));
    }
}
