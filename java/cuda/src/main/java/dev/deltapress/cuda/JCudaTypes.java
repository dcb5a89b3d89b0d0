package dev.deltapress.cuda;

import dev.deltapress.panama.DeviceStream;

import jcuda.Pointer;
import jcuda.runtime.cudaStream_t;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Constructor;

/** Segments and streams of ours as JCuda has them. */
final class JCudaTypes {
    private static final Constructor<cudaStream_t> STREAM = streamConstructor();

    private JCudaTypes() {}

    /** A view of an address, whoever owns it. */
    private static final class Address extends Pointer {
        Address(long address) {
            super(address);
        }
    }

    /** Where a segment begins, on the host or on a device. */
    static Pointer pointer(MemorySegment segment) {
        return new Address(segment.address());
    }

    static cudaStream_t stream(DeviceStream stream) {
        try {
            return STREAM.newInstance(stream.nativeStream().address());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("JCuda has no stream of an address", e);
        }
    }

    private static Constructor<cudaStream_t> streamConstructor() {
        try {
            // The one that takes an address is not public, and JCuda knows no other way in.
            Constructor<cudaStream_t> found = cudaStream_t.class.getDeclaredConstructor(long.class);
            found.setAccessible(true);
            return found;
        } catch (NoSuchMethodException e) {
            throw new LinkageError("JCuda has no stream of an address", e);
        }
    }
}
