package dev.deltapress.method;

import dev.deltapress.UsageException;
import dev.deltapress.delta.Codebook;

import java.util.Map;

/**
 * What a user set of a method's parameters.
 *
 * @param method names it in errors
 */
record Settings(String method, Map<String, String> values) {

    /**
     * @throws UsageException if it is no number
     */
    double number(String key, double absent) {
        String text = values.get(key);
        if (text == null) {
            return absent;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new UsageException(
                    "%s: %s must be a number, got '%s'".formatted(method, key, text), e);
        }
    }

    /**
     * @throws UsageException if it is no whole number
     */
    int integer(String key, int absent) {
        String text = text(key, Integer.toString(absent));
        require(text.matches("-?\\d{1,9}"), method, key, "a whole number", quoted(text));
        return Integer.parseInt(text);
    }

    /**
     * @throws UsageException if it is neither true nor false
     */
    boolean flag(String key, boolean absent) {
        String text = text(key, Boolean.toString(absent));
        boolean known = text.equals("true") || text.equals("false");
        require(known, method, key, "true or false", quoted(text));
        return Boolean.parseBoolean(text);
    }

    /** What was written. */
    String text(String key, String absent) {
        return values.getOrDefault(key, absent);
    }

    static String quoted(String text) {
        return "'" + text + "'";
    }

    /**
     * @throws UsageException unless the ratio is a number of at least 1
     */
    static void requireRatio(String method, double ratio) {
        boolean holds = ratio >= 1 && ratio < Double.POSITIVE_INFINITY;
        require(holds, method, "ratio", "at least 1", ratio);
    }

    /**
     * @throws UsageException unless ImPart's beta is in [0, 1)
     */
    static void requireBeta(String method, double beta) {
        require(beta >= 0 && beta < 1, method, "beta", "in [0, 1)", beta);
    }

    /**
     * @throws UsageException unless ImPart's C is a number above 0
     */
    static void requireExponent(String method, double c) {
        require(c > 0 && c < Double.POSITIVE_INFINITY, method, "C", "above 0", c);
    }

    /**
     * @throws UsageException unless codes can have so many bits
     */
    static void requireBits(String method, String parameter, int bits) {
        boolean holds = bits >= 1 && bits <= Codebook.MAX_BITS;
        require(holds, method, parameter, "1 to " + Codebook.MAX_BITS, bits);
    }

    /**
     * @param allowed values, as the message says it
     * @throws UsageException if it does not hold
     */
    static void require(
            boolean holds, String method, String parameter, String allowed, Object found) {
        if (!holds) {
            throw new UsageException(
                    "%s: %s must be %s, got %s".formatted(method, parameter, allowed, found));
        }
    }
}
