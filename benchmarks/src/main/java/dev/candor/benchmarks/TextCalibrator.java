package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.Calibrators;
import dev.candor.calibrators.DirichletCalibration;
import dev.candor.calibrators.EnsembleTemperatureScaling;
import dev.candor.calibrators.IsotonicCalibration;
import dev.candor.calibrators.MatrixScaling;
import dev.candor.calibrators.StructuredMatrixScaling;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.VectorScaling;
import java.util.Locale;
import java.util.function.BiFunction;

/** How a classifier of texts is calibrated. */
enum TextCalibrator {
    TEMPERATURE(TemperatureScaling::fit),
    VECTOR(VectorScaling::fit),
    MATRIX(MatrixScaling::fit),
    DIRICHLET(DirichletCalibration::fit),
    STRUCTURED(StructuredMatrixScaling::fit),
    ENSEMBLE(EnsembleTemperatureScaling::fit),
    ISOTONIC(IsotonicCalibration::fit),
    BEST(Calibrators::best);

    private final BiFunction<NDArray, NDArray, Calibrator> fit;

    TextCalibrator(BiFunction<NDArray, NDArray, Calibrator> fit) {
        this.fit = fit;
    }

    Calibrator fit(NDArray logits, NDArray labels) {
        return fit.apply(logits, labels);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
