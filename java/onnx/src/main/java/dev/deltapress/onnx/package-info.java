/**
 * ONNX models as checkpoints: the protobuf wire format is walked without generated classes, and
 * tensors are mapped where they lie, in the model or in its external data.
 */
@NullMarked
package dev.deltapress.onnx;

import org.jspecify.annotations.NullMarked;
