package dev.deltapress;

/**
 * The work failed for a reason that its user can act on. The message is one line: what, where
 * (file, tensor, byte), expected, found.
 */
public class DeltaPressException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DeltaPressException(String message) {
        super(message);
    }

    public DeltaPressException(String message, Throwable cause) {
        super(message, cause);
    }
}
