package dev.deltapress.checkpoint;

/** Strings out of files, made fit for messages and for headers. */
final class Text {
    private static final int MAX_SHOWN = 200;

    private Text() {}

    /**
     * In quotes, on one line, of bounded length, without a character that a terminal would obey.
     */
    static String quote(String text) {
        return "'" + clean(text) + "'";
    }

    /** As {@link #quote}, without the quotes. */
    static String clean(String text) {
        var shown = new StringBuilder();
        int end = Math.min(text.length(), MAX_SHOWN);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || isLoneSurrogate(text, i)) {
                shown.append("\\u").append(String.format("%04x", (int) c));
            } else {
                shown.append(c);
            }
        }
        return end < text.length() ? shown.append("...").toString() : shown.toString();
    }

    /** Whether the text has a half of a surrogate pair without the other, and so no UTF-8 form. */
    static boolean hasLoneSurrogate(String text) {
        return text.codePoints().anyMatch(Text::isSurrogate);
    }

    private static boolean isLoneSurrogate(String text, int index) {
        char c = text.charAt(index);
        if (Character.isLowSurrogate(c)) {
            return index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
        }
        return isSurrogate(text.codePointAt(index));
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }
}
