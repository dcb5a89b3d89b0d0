/** Sentence embeddings of ONNX models, to measure what compression did to them. */
@NullMarked
package dev.deltapress.onnx.embedding;

import org.jspecify.annotations.NullMarked;
