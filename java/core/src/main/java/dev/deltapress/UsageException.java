package dev.deltapress;

/** A request that can never work: an unknown name, a parameter out of range. */
public class UsageException extends DeltaPressException {
    private static final long serialVersionUID = 1;

    public UsageException(String message) {
        super(message);
    }

    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
