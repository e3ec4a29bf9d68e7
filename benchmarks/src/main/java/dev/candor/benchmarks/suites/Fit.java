package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.Calibrator;

/** Fits a calibrator with its defaults. */
@FunctionalInterface
public interface Fit {

    /**
     * Fits.
     *
     * @param logits {@code [N, C]}
     * @param labels class indices {@code [N]}
     * @return the calibrator
     */
    Calibrator fit(NDArray logits, NDArray labels);
}
