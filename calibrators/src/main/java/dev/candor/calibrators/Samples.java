package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;

/** The samples of a fit, of which batches are drawn. */
interface Samples {

    /** The number of samples. */
    int size();

    /** The number of labels. */
    long rows();

    /** The type that training computes in. */
    DataType type();

    /** A manager on the device of the samples. */
    NDManager scope();

    /** The places of the samples in an order at random. */
    int[] shuffled(long seed);

    /** The samples at these places, int64 {@code [n]}, copied to a manager. */
    Batch batch(NDManager manager, NDArray places);

    /** Half precision trains in float32. */
    static DataType trainingType(DataType type) {
        return type == DataType.FLOAT64 ? DataType.FLOAT64 : DataType.FLOAT32;
    }
}
