package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Softmax;
import java.util.List;

/**
 * What every fit on the host shares: checks, time, and what became of the likelihood.
 *
 * @param <C> what it fits
 */
abstract class HostBuilder<C extends FittedCalibrator> {

    HostBuilder() {}

    /**
     * What a fit found.
     *
     * @param status how it ended
     * @param coefficients the arrays of the method
     */
    record Found(Status status, List<Coefficient> coefficients) {}

    abstract Found fit(LabelledLogits data, HostSamples samples);

    abstract C calibrator(long classes, List<Coefficient> coefficients, FitSummary summary);

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public C fit(NDArray logits, NDArray labels) {
        return fitWeighted(logits, labels, null);
    }

    final C fitWeighted(NDArray logits, NDArray labels, NDArray weights) {
        long begin = System.nanoTime();
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            LabelledLogits data = LabelledLogits.of(scope, logits, labels, weights);
            HostSamples samples = HostSamples.of(data);
            Found found = fit(data, samples);
            List<Coefficient> coefficients = found.coefficients();
            C given = calibrator(data.classes(), coefficients, FitSummary.given(coefficients));
            double[] objectives = likelihoods(data, samples, given);
            FitSummary summary =
                    new FitSummary(
                            found.status(),
                            1,
                            objectives[0],
                            objectives[1],
                            (System.nanoTime() - begin) * 1e-9,
                            coefficients);
            return calibrator(data.classes(), coefficients, summary);
        }
    }

    /** Mean negative log-likelihoods before and after. */
    private double[] likelihoods(LabelledLogits data, HostSamples samples, C calibrator) {
        NDList arrays = new NDList();
        calibrator.coefficients().forEach(c -> arrays.add(c.in(data.scope())));
        double[] means = new double[2];
        Float64Chunk.forEach(
                data,
                chunk -> {
                    NDArray before = Softmax.log(chunk.logits());
                    NDList views = new NDList(arrays.size());
                    NDManager scope = before.getManager();
                    arrays.forEach(array -> views.add(FittedCalibrator.view(array, scope)));
                    NDArray after = calibrator.map(chunk.logits(), views);
                    int first = (int) chunk.first();
                    means[0] += sum(LogitBatch.pick(before, chunk.labels()), samples, first);
                    means[1] += sum(LogitBatch.pick(after, chunk.labels()), samples, first);
                });
        means[0] /= -data.totalWeight();
        means[1] /= -data.totalWeight();
        return means;
    }

    /** Samples of weight zero do not count, even where their likelihood is zero. */
    private static double sum(NDArray likelihoods, HostSamples samples, int first) {
        double[] values = likelihoods.toDoubleArray();
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            double weight = samples.weights()[first + i];
            sum += weight > 0 ? weight * values[i] : 0;
        }
        return sum;
    }
}
