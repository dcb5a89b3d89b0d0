package dev.deltapress.panama;

import dev.deltapress.BackendFailedException;

/** A device, or the host, has not that much memory; the call can be tried again with less. */
public final class DeviceOutOfMemoryException extends BackendFailedException {
    private static final long serialVersionUID = 1;

    public DeviceOutOfMemoryException(String message) {
        super(message);
    }
}
