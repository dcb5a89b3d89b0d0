package dev.deltapress.cli;

import java.util.Locale;

/** Numbers and names as people read them. */
final class Text {

    private static final String[] BYTE_UNITS = {"kB", "MB", "GB", "TB", "PB", "EB"};

    private Text() {}

    /** Decimal units, three digits: {@code 999 B}, {@code 1.00 kB}, {@code 66.8 MB}. */
    static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        // 999.5 would be shown as 1000.
        while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return threeDigits(value) + " " + BYTE_UNITS[unit];
    }

    /** {@code 32.1x}; a dash where there is no ratio. */
    static String ratio(double ratio) {
        return Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.1fx", ratio) : "-";
    }

    /** The shortest text that reads back to the same value, without a fraction that is zero. */
    static String number(double value) {
        String text = Double.toString(value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }

    /** Four digits; a dash where nothing was computed. */
    static String error(double error) {
        return Double.isFinite(error) ? String.format(Locale.ROOT, "%.4f", error) : "-";
    }

    /** {@code 0.4 s}, {@code 75 s}, {@code 12 min}, {@code 3.5 h}. */
    static String seconds(double seconds) {
        if (seconds < 10) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        if (seconds < 120) {
            return String.format(Locale.ROOT, "%.0f s", seconds);
        }
        return seconds < 7200
                ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
                : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    static String count(int count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }

    /**
     * White space as blanks, other control and format characters as {@code ?}: a name in a hostile
     * file must neither break the line nor drive the terminal.
     */
    static String oneLine(String text) {
        var line = new StringBuilder();
        text.codePoints().map(Text::printable).forEach(line::appendCodePoint);
        return line.toString();
    }

    private static int printable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> ' ';
            case Character.CONTROL -> Character.isWhitespace(codePoint) ? ' ' : '?';
            case Character.FORMAT, Character.SURROGATE -> '?';
            default -> codePoint;
        };
    }

    private static String threeDigits(double value) {
        if (value < 9.995) {
            return String.format(Locale.ROOT, "%.2f", value);
        }
        return value < 99.95
                ? String.format(Locale.ROOT, "%.1f", value)
                : String.format(Locale.ROOT, "%.0f", value);
    }
}
