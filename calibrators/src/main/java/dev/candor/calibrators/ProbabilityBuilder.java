package dev.candor.calibrators;

import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.List;

/**
 * Options of every fit of a map of probabilities.
 *
 * @param <B> the builder itself
 * @param <C> what it fits
 */
abstract class ProbabilityBuilder<
                B extends ProbabilityBuilder<B, C>, C extends ProbabilityCalibrator>
        extends HostBuilder<C> {

    private boolean laplaceSmoothing = true;

    ProbabilityBuilder() {}

    abstract B self();

    /** Fits the arrays of the method. */
    abstract Found fitOwn(LabelledLogits data, HostSamples samples);

    /**
     * Sets whether probabilities are mixed with the uniform distribution, as if one sample more had
     * been seen, spread over all classes. If not, a class may get probability zero, and with it a
     * log-probability of negative infinity and an unbounded loss where it is the label.
     *
     * @param laplaceSmoothing default true
     * @return this builder
     */
    public B optLaplaceSmoothing(boolean laplaceSmoothing) {
        this.laplaceSmoothing = laplaceSmoothing;
        return self();
    }

    @Override
    final Found fit(LabelledLogits data, HostSamples samples) {
        Found found = fitOwn(data, samples);
        if (!laplaceSmoothing) {
            return found;
        }
        Status status = found.status();
        List<Coefficient> own = found.coefficients();
        return new Found(status, ProbabilityCalibrator.withShare(own, data.size()));
    }
}
