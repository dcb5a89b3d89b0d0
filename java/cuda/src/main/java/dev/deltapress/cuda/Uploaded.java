package dev.deltapress.cuda;

import dev.deltapress.backend.MatrixView;
import dev.deltapress.panama.HeaderValues;
import dev.deltapress.tensor.DType;

import java.lang.foreign.MemorySegment;

/** Elements of a checkpoint on the device. */
record Uploaded(MemorySegment data, DType dtype) {

    static Uploaded of(DeviceScope scope, MatrixView view) {
        return new Uploaded(scope.upload(view.data()), view.dtype());
    }

    /** Room for elements like these. */
    static Uploaded roomFor(DeviceScope scope, MatrixView view) {
        return new Uploaded(scope.allocate(view.data().byteSize()), view.dtype());
    }

    /** {@code dp_type}. */
    int type() {
        return HeaderValues.type(dtype);
    }
}
