package dev.deltapress.checkpoint;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Names of files that a file gives: only those are followed that cannot lead out of their folder.
 */
public final class PlainName {
    private PlainName() {}

    /**
     * Whether the name is that of an entry of a folder on any system: not empty, no separator, no
     * {@code ..}, not absolute, no control character.
     */
    public static boolean isPlain(String name) {
        if (name.isEmpty()
                || name.equals(".")
                || name.contains("..")
                || name.chars().anyMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c))) {
            return false;
        }
        try {
            // What is left is what only this system takes for a root, such as C: on Windows.
            return Path.of(name).getRoot() == null;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** Whether the name is a plain one, or a plain folder, a slash, and a plain name. */
    public static boolean isPlainBelow(String name) {
        int slash = name.indexOf('/');
        return slash < 0
                ? isPlain(name)
                : isPlain(name.substring(0, slash)) && isPlain(name.substring(slash + 1));
    }
}
