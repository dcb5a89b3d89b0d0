package dev.deltapress.cli;

/** Named values, one a line, aligned. */
final class Lines {

    private static final int NAME_WIDTH = 14;

    private final StringBuilder text = new StringBuilder();

    Lines add(String name, String value) {
        text.append(name).repeat(' ', Math.max(NAME_WIDTH - name.length(), 0) + 2);
        text.append(Text.oneLine(value)).append('\n');
        return this;
    }

    /** A size before and after; no ratio where nothing was there to shrink. */
    Lines shrunk(String name, long from, long to, double ratio) {
        String factor = from == 0 ? "" : ": " + Text.ratio(ratio) + " smaller";
        return add(name, Text.bytes(from) + " to " + Text.bytes(to) + factor);
    }

    /** The error of the delta and of the restored model; random drops need a word of comfort. */
    Lines errors(double relative, double restored) {
        add(
                "relative error",
                Text.error(relative)
                        + " of the delta, "
                        + Text.error(restored)
                        + " after rounding to the model's type");
        if (relative > 1) {
            add("", "(above 1 is normal where entries are dropped at random)");
        }
        return this;
    }

    Lines took(double seconds, long peakRssBytes) {
        return add(
                "took",
                Text.seconds(seconds) + ", at most " + Text.bytes(peakRssBytes) + " of memory");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
