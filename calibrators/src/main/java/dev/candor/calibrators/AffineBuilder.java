package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Options of every fit of an affine map of the logits, or of their log-probabilities.
 *
 * @param <B> the builder itself
 * @param <C> what it fits
 */
abstract class AffineBuilder<B extends AffineBuilder<B, C>, C extends Calibrator>
        extends FitBuilder<B, C> {

    private static final int MAX_ITERATIONS = 1000;

    /** With so many parameters that each iteration takes long, and the last ones gain little. */
    private static final int MAX_LONG_ITERATIONS = 100;

    private static final int MAX_TEMPERATURE_ITERATIONS = 100;

    /** Logits that tell nothing and lie above this are scaled down, lest they drown the bias. */
    private static final double LARGEST_USELESS_LOGIT = 1e6;

    Objective objective = Objective.LIKELIHOOD;

    /**
     * Sets the limit of iterations.
     *
     * @param maxIterations at least 1, default 1000, or 100 for a full matrix of more than 128
     *     classes
     * @return this builder
     */
    @Override
    public B optMaxIterations(int maxIterations) {
        return super.optMaxIterations(maxIterations);
    }

    /**
     * Sets what is minimised.
     *
     * @param objective {@link Objective#LIKELIHOOD}, the default, or {@link Objective#BRIER}
     * @return this builder
     */
    public B optObjective(Objective objective) {
        this.objective = Objective.ofSamples(objective);
        return self();
    }

    /** Fits to features that do not depend on a temperature, from the best temperature. */
    AffineFit.Result fit(
            LabelledLogits data,
            UnaryOperator<NDArray> features,
            boolean diagonal,
            AffineFit.Ridge ridge) {
        TemperatureFit.Result temperature = temperature(data);
        AffineObjective loss = new AffineObjective(data, features, diagonal, objective);
        double factor =
                switch (temperature.status()) {
                    case TEMPERATURE_TO_ZERO -> 1;
                    case DEGENERATE -> Math.min(1, LARGEST_USELESS_LOGIT / loss.scale());
                    default -> 1 / temperature.temperature();
                };
        AffineFit.Result found = fit(loss, ridge, factor);
        return temperature.status() == Status.DEGENERATE
                ? found.withStatus(Status.DEGENERATE)
                : found;
    }

    /** Fits from a multiple of the features. */
    AffineFit.Result fit(AffineObjective loss, AffineFit.Ridge ridge, double factor) {
        int usual = loss.hasOwnCurvatures() ? MAX_ITERATIONS : MAX_LONG_ITERATIONS;
        return AffineFit.of(loss, ridge, factor, maxIterations(usual));
    }

    /** The objective of the logits as they came. */
    double lossOfLogits(LabelledLogits data, TemperatureFit.Result temperature) {
        if (objective == Objective.LIKELIHOOD) {
            return temperature.before();
        }
        AffineObjective loss = new AffineObjective(data, UnaryOperator.identity(), true, objective);
        double[] identity = loss.multiple(1);
        return loss.evaluate(identity, new double[identity.length]);
    }

    TemperatureFit.Result temperature(LabelledLogits data) {
        return TemperatureFit.of(data, MAX_TEMPERATURE_ITERATIONS);
    }

    static FitSummary summary(AffineFit.Result found, List<Coefficient> coefficients, long begin) {
        return new FitSummary(
                found.status(),
                found.iterations(),
                found.identity(),
                found.value(),
                secondsSince(begin),
                coefficients);
    }
}
