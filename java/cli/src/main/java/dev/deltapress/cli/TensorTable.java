package dev.deltapress.cli;

import dev.deltapress.pipeline.TensorReport;

import java.util.Comparator;
import java.util.List;

/** Tensors, one a row. */
final class TensorTable {

    private static final int SHORT = 10;

    private TensorTable() {}

    /** The largest in the delta first. */
    static String bySize(List<TensorReport> tensors, boolean all) {
        return of("largest", tensors, Comparator.comparingLong(TensorReport::storedBytes), all);
    }

    /** Those with the largest error first, those without one last. */
    static String byError(List<TensorReport> tensors, boolean all) {
        return of("worst", tensors, Comparator.comparingDouble(TensorTable::errorOrNone), all);
    }

    private static double errorOrNone(TensorReport tensor) {
        return Double.isNaN(tensor.relativeError()) ? -1 : tensor.relativeError();
    }

    private static String of(
            String which, List<TensorReport> tensors, Comparator<TensorReport> order, boolean all) {
        var table = new Table("tensor", "type", "shape", "stored as", "bytes", "ratio", "error");
        tensors.stream()
                .sorted(order.reversed())
                .limit(all ? tensors.size() : SHORT)
                .forEach(tensor -> add(table, tensor));
        boolean cut = !all && tensors.size() > SHORT;
        return table
                + (cut
                        ? "  the %d %s of %d; --verbose shows all%n"
                                .formatted(SHORT, which, tensors.size())
                        : "");
    }

    private static void add(Table table, TensorReport tensor) {
        table.row(
                Text.oneLine(tensor.name()),
                tensor.dtype().name(),
                tensor.shape().toString(),
                tensor.kind(),
                Text.bytes(tensor.storedBytes()),
                Text.ratio(tensor.ratio()),
                Text.error(tensor.relativeError()));
    }
}
