package dev.deltapress.panama;

import dev.deltapress.BackendUnavailableException;

import org.jspecify.annotations.Nullable;

/**
 * A native library is missing, does not load, or is not the one that this version needs; or it
 * cannot do what it is asked for on this machine. The message says which, and what helps.
 */
public final class LibraryUnavailableException extends BackendUnavailableException {
    private static final long serialVersionUID = 1;

    public LibraryUnavailableException(String message) {
        super(message);
    }

    public LibraryUnavailableException(String message, @Nullable Throwable cause) {
        super(message);
        initCause(cause);
    }
}
