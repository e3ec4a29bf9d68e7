package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;

/** The promises of all calibrators, kept by the order-preserving form. */
class OrderPreservingIsotonicCalibrationTest extends ProbabilityContract {

    @Override
    IsotonicCalibration fit(NDArray logits, NDArray labels) {
        return IsotonicCalibration.builder().optOrderPreserving(true).fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return true;
    }

    @Override
    Calibrator other() {
        return fit(
                logits(DataSets.random(99, 50, CLASSES)), labels(DataSets.random(99, 50, CLASSES)));
    }
}
