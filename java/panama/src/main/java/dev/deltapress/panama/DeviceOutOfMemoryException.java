package dev.deltapress.panama;

import dev.deltapress.DeltaPressException;

/** A device, or the host, has not that much memory; the call can be tried again with less. */
public final class DeviceOutOfMemoryException extends DeltaPressException {
    private static final long serialVersionUID = 1;

    public DeviceOutOfMemoryException(String message) {
        super(message);
    }
}
