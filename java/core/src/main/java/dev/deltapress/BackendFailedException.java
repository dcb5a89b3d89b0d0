package dev.deltapress;

/** A device or a library of a backend failed while it worked; the message names call and status. */
public class BackendFailedException extends DeltaPressException {
    private static final long serialVersionUID = 1;

    /** Whether the message says what was worked on. */
    private final boolean named;

    public BackendFailedException(String message) {
        super(message);
        this.named = false;
    }

    private BackendFailedException(String message, BackendFailedException cause) {
        super(message, cause);
        this.named = true;
    }

    /**
     * The same failure with the tensors in front that were worked on, if nobody has named them yet:
     * who is nearer to the failure knows better which one it was.
     */
    public BackendFailedException whileWorkingOn(String tensors) {
        return named
                ? this
                : new BackendFailedException(
                        "tensor '%s': %s".formatted(tensors, getMessage()), this);
    }
}
