package dev.deltapress.cli;

import java.util.ArrayList;
import java.util.List;

/** Aligned columns: the first to the left, the others to the right. */
final class Table {

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... headings) {
        row(headings);
    }

    /** Adds a row of as many cells as there are headings. */
    Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** The rows, each indented and ended by a line break. */
    @Override
    public String toString() {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        var text = new StringBuilder();
        for (List<String> row : rows) {
            text.append("  ").append(row.getFirst());
            text.repeat(' ', widths[0] - row.getFirst().length());
            for (int column = 1; column < widths.length; column++) {
                text.append("  ");
                text.repeat(' ', widths[column] - row.get(column).length());
                text.append(row.get(column));
            }
            text.append('\n');
        }
        return text.toString();
    }
}
