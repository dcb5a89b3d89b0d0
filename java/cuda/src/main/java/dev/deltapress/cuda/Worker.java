package dev.deltapress.cuda;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceStream;

import org.jspecify.annotations.Nullable;

/**
 * What a thread needs to work on a device, made once and reused: a stream, the handles of NVIDIA's
 * libraries on it, memory, and buffers to copy through.
 */
final class Worker implements AutoCloseable {
    private final DeltaPressNative library;
    private final DeviceStream stream;
    private final DevicePool pool;
    private final Staging staging;
    private final DenseAlgebra algebra;
    private @Nullable SparseAlgebra sparse;

    Worker(DeltaPressNative library, int device) {
        this.library = library;
        this.stream = new DeviceStream(library, device);
        this.pool = new DevicePool(library, device);
        try {
            this.staging = new Staging(library, device, stream);
        } catch (RuntimeException e) {
            stream.close();
            throw e;
        }
        try {
            this.algebra = new DenseAlgebra(stream, pool, staging);
        } catch (RuntimeException e) {
            staging.close();
            stream.close();
            throw e;
        }
    }

    DeltaPressNative library() {
        return library;
    }

    DeviceStream stream() {
        return stream;
    }

    DevicePool pool() {
        return pool;
    }

    Staging staging() {
        return staging;
    }

    DenseAlgebra algebra() {
        return algebra;
    }

    /** Made when it is asked for first: compressing does without. */
    SparseAlgebra sparse() {
        if (sparse == null) {
            sparse = new SparseAlgebra(stream, pool);
        }
        return sparse;
    }

    /** All memory that scopes took must have been given back. */
    @Override
    public void close() {
        try (stream;
                pool;
                staging;
                algebra) {
            if (sparse != null) {
                sparse.close();
            }
        }
    }
}
