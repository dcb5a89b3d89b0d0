package dev.deltapress.pipeline;

import dev.deltapress.pipeline.Pairing.Pair;
import dev.deltapress.pipeline.Selector.Treatment;
import dev.deltapress.tensor.Shape;
import dev.deltapress.tensor.TensorInfo;

/**
 * What will be done with one tensor of the tuned model.
 *
 * @param id number of its record, and of its first mask
 * @param budget most bytes of its factor blocks together, 0 where it is not compressed
 */
record TensorPlan(long id, Pair pair, Treatment treatment, long budget) {

    TensorInfo tuned() {
        return pair.tuned();
    }

    String displayName() {
        return tuned().displayName();
    }

    /** Matrices in the tensor: experts of a 3-D one. */
    int slices() {
        Shape shape = tuned().shape();
        return shape.rank() == 3 ? Math.toIntExact(shape.dimension(0)) : 1;
    }

    /** Rows of each matrix that base and tuned model both have. */
    int rows() {
        Shape shape = tuned().shape();
        return Math.toIntExact(shape.rank() == 3 ? shape.dimension(1) : pair.commonRows());
    }

    int columns() {
        Shape shape = tuned().shape();
        return Math.toIntExact(shape.dimension(shape.rank() - 1));
    }

    /** Bytes in 16 bit of what is compressed. */
    long matrixBytes16Bit() {
        return 2L * slices() * rows() * columns();
    }

    TensorPlan withBudget(long newBudget) {
        return new TensorPlan(id, pair, treatment, newBudget);
    }
}
