package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Softmax;
import dev.candor.losses.SoftBinnedEceLoss;

/**
 * Samples that a network trains on.
 *
 * @param logits float32 or float64
 * @param features of the same type; null where there are none
 * @param labels int64, one for each row {@code [M]}
 * @param weights of the type of the logits, {@code [M]}
 */
record Batch(NDArray logits, NDArray features, NDArray labels, NDArray weights) {

    private static final SoftBinnedEceLoss SOFT_BINNED = SoftBinnedEceLoss.of();

    /** The objective of each row {@code [M]} of calibrated logits {@code [M, C]}. */
    NDArray losses(NDArray calibrated, Objective objective) {
        if (objective == Objective.LIKELIHOOD) {
            return LogitBatch.pick(Softmax.log(calibrated), labels).neg();
        }
        if (objective == Objective.SOFT_BINNED_ECE) {
            NDArray error = SOFT_BINNED.evaluate(new NDList(labels), new NDList(calibrated));
            return error.add(weights.zerosLike());
        }
        NDArray p = Softmax.of(calibrated);
        NDArray right = LogitBatch.pick(p, labels);
        return p.square().sum(new int[] {1}).sub(Scalars.times(right, 2)).add(1);
    }
}
