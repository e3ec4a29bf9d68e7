package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.candor.calibrators.internal.LabelledLogits;

/**
 * Rows of logits, and of features if there are any.
 *
 * @param data the logits and labels
 * @param features {@code [N, F]}, or null
 * @param type the type that training computes in
 */
record RowSamples(LabelledLogits data, NDArray features, DataType type) implements Samples {

    @Override
    public int size() {
        return Math.toIntExact(data.size());
    }

    @Override
    public long rows() {
        return data.size();
    }

    @Override
    public NDManager scope() {
        return data.scope();
    }

    @Override
    public int[] shuffled(long seed) {
        return RowHash.shuffled(data, seed);
    }

    @Override
    public Batch batch(NDManager manager, NDArray places) {
        LabelledLogits.Chunk chunk = data.rows(manager, places);
        return new Batch(
                chunk.logits().toType(type, false),
                features == null
                        ? null
                        : features.get(manager, new NDIndex("{}", places)).toType(type, false),
                chunk.labels(),
                chunk.weights().toType(type, false));
    }
}
