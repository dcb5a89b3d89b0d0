package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory for a few calls on one stream, on the host and on the stream's device, with ways between
 * them. Whoever made it closes it.
 */
public interface Scratch {

    /** The library's functions. */
    DeltaPressNative library();

    /** The stream that work is queued on. */
    MemorySegment stream();

    /** Owns memory of the host. */
    Arena host();

    /** Device memory with arbitrary content, for numbers of any kind. */
    MemorySegment allocate(long byteSize);

    /** Memory of the host as device memory. It may be changed afterwards. */
    MemorySegment upload(MemorySegment host);

    /** Copies device memory to the host, after all work queued before. */
    void download(MemorySegment device, MemorySegment host);

    /** Numbers as device memory. */
    default MemorySegment uploadFloats(float[] numbers) {
        return upload(host().allocateFrom(JAVA_FLOAT, numbers));
    }

    /** One number of a device. */
    default long read(MemorySegment device) {
        MemorySegment host = host().allocate(JAVA_LONG);
        download(device, host);
        return host.get(JAVA_LONG, 0);
    }
}
