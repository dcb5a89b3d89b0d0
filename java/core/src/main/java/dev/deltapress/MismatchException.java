package dev.deltapress;

/** Two inputs do not belong together: a wrong base, a missing tensor, other shapes. */
public class MismatchException extends DeltaPressException {
    private static final long serialVersionUID = 1;

    public MismatchException(String message) {
        super(message);
    }

    public MismatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
