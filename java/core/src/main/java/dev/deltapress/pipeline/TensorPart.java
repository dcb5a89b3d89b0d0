package dev.deltapress.pipeline;

import dev.deltapress.delta.TensorRecord;

/** Whole rows of a tensor: bytes {@code [from, to)} of it in its own dtype. */
record TensorPart(long from, long to) {

    static TensorPart all(TensorRecord record) {
        return new TensorPart(0, record.dtype().byteSize(record.shape()));
    }

    /**
     * Consecutive indices of the first dimension: rows of a matrix, matrices of a 3-D tensor.
     *
     * @throws IllegalArgumentException if the tensor has not so many, or no first dimension, or if
     *     a row of packed elements is no whole number of bytes
     */
    static TensorPart rows(TensorRecord record, long first, long count) {
        long all = record.dimensions().isEmpty() ? 0 : record.dimensions().getFirst();
        long bytes = all(record).to;
        boolean whole = all > 0 && bytes % all == 0;
        if (first < 0 || count < 0 || count > all - first || !whole) {
            throw new IllegalArgumentException(
                    "%d rows from %d of tensor '%s' %s"
                            .formatted(count, first, record.displayName(), record.shape()));
        }
        long row = bytes / all;
        return new TensorPart(first * row, (first + count) * row);
    }

    /** What lies in the leading rows, which are stored by the record's kind. */
    TensorPart head(TensorRecord record) {
        return new TensorPart(from, Math.min(to, record.headBytes(record.dtype())));
    }

    /** What lies in the remaining rows, counted from the first of them. */
    TensorPart tail(TensorRecord record) {
        long head = record.headBytes(record.dtype());
        return new TensorPart(Math.max(from, head) - head, to - head);
    }

    boolean isEmpty() {
        return from >= to;
    }

    long byteSize() {
        return Math.max(0, to - from);
    }
}
