package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import java.util.List;

/** A calibrator that is a step function of the probability of each class. */
abstract class StepCalibrator extends ProbabilityCalibrator {

    private static final int TABLE = 2;

    StepCalibrator(
            String method, long classes, List<Coefficient> coefficients, FitSummary summary) {
        super(method, classes, TABLE, coefficients, summary);
    }

    static List<Coefficient> coefficients(CalibratorFile file) {
        return withShare(file, OneVersusRest.coefficients(file));
    }

    @Override
    public final boolean preservesRanking() {
        return false;
    }

    @Override
    final NDArray probabilities(NDArray probabilities, NDList coefficients) {
        return OneVersusRest.step(probabilities, coefficients);
    }
}
