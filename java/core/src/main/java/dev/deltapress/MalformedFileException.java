package dev.deltapress;

/** A file breaks the rules of its format: truncated, corrupt, or hostile. */
public class MalformedFileException extends DeltaPressException {
    private static final long serialVersionUID = 1;

    public MalformedFileException(String message) {
        super(message);
    }

    public MalformedFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
