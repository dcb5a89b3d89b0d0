package dev.deltapress.panama;

import dev.deltapress.BackendFailedException;

/** A native function failed: the device, its driver, or something that nobody foresaw. */
public final class NativeCallException extends BackendFailedException {
    private static final long serialVersionUID = 1;

    private final String call;
    private final int status;

    /**
     * @param call name of the function
     * @param status what it returned
     * @param text what the library says about it
     */
    public NativeCallException(String call, int status, String text) {
        super("%s: status %d: %s".formatted(call, status, text));
        this.call = call;
        this.status = status;
    }

    /** The name of the function. */
    public String call() {
        return call;
    }

    /** What it returned. */
    public int status() {
        return status;
    }
}
