package dev.deltapress.cli;

/** Comma-separated values as RFC 4180 has them, but with bare line feeds. */
final class Csv {

    private final StringBuilder text = new StringBuilder();

    Csv(String... headings) {
        row((Object[]) headings);
    }

    /** Adds a row; NaN and infinity are empty cells, and a ratio such as 32.0 has no fraction. */
    Csv row(Object... cells) {
        for (int column = 0; column < cells.length; column++) {
            text.append(column == 0 ? "" : ",").append(cell(cells[column]));
        }
        text.append('\n');
        return this;
    }

    private static String cell(Object value) {
        String cell =
                switch (value) {
                    case Double number -> Double.isFinite(number) ? Text.number(number) : "";
                    default -> value.toString();
                };
        boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
