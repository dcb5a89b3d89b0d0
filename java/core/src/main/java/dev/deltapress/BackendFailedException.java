package dev.deltapress;

/** A device or a library of a backend failed while it worked; the message names call and status. */
public class BackendFailedException extends DeltaPressException {
    private static final long serialVersionUID = 1;

    public BackendFailedException(String message) {
        super(message);
    }

    public BackendFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
