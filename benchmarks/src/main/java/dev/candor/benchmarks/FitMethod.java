package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import dev.candor.benchmarks.FitOptions.Option;
import dev.candor.calibrators.Calibrator;
import java.util.Set;
import java.util.TreeSet;

/**
 * A method of calibration as the command line offers it.
 *
 * @param name by which it is called
 * @param description in one line
 * @param options that it heeds
 * @param fit how it is fitted
 */
record FitMethod(String name, String description, Set<Option> options, Fit fit) {

    /** Fits a calibrator to logits and labels. */
    @FunctionalInterface
    interface Fit {
        Calibrator fit(NDArray logits, NDArray labels, FitOptions options);
    }

    static FitMethod of(String name, String description, Fit fit, Option... options) {
        return new FitMethod(name, description, new TreeSet<>(Set.of(options)), fit);
    }
}
