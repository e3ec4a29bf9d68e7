package dev.candor.training.ensemble;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import dev.candor.internal.Checks;
import dev.candor.uncertainty.DeepEnsemble;
import dev.candor.uncertainty.PredictiveDistribution;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * SWAG: a Gaussian around the mean of {@link StochasticWeightAveraging}, from which networks are
 * drawn.
 *
 * <pre>
 *   mean       m = (1/n) sum_j theta_j
 *   variance   v = max((1/n) sum_j theta_j^2 - m^2, 1e-30)
 *   columns    D_j = theta_j - m_j,   m_j the mean up to j, the latest K of them
 *   draw       m + sqrt(scale) (sqrt(v) e_1 + D e_2 / sqrt(k - 1)),   e_1, e_2 ~ N(0, I)
 * </pre>
 *
 * <p>{@code theta_j} are the weights after epoch {@code j}; {@code k <= K} columns are there, 20 at
 * most by default. The scale is 1/2 by default, since both terms estimate the variance. With fewer
 * than two columns, or {@code K = 0}, the draw is {@code m + sqrt(2 scale) sqrt(v) e_1}. Published
 * implementations differ in scale and floor, and one divides by {@code K - 1} however few columns
 * there are. Host memory: 16 bytes a weight, and 4 more for each column.
 *
 * <p>Source: Maddox et al., <i>A Simple Baseline for Bayesian Uncertainty in Deep Learning</i>,
 * NeurIPS 2019, arXiv:1902.02476.
 */
public final class StochasticWeightAveragingGaussian extends WeightListener {

    private static final int COLUMNS = 20;
    private static final double SCALE = 0.5;

    private final double scale;

    private StochasticWeightAveragingGaussian(int firstEpoch, int columns, double scale) {
        super(firstEpoch, columns);
        this.scale = scale;
    }

    /**
     * Returns a listener for one trainer: 20 columns, scale 1/2.
     *
     * @param firstEpoch the first epoch whose weights count, from 1
     * @return the listener
     */
    public static StochasticWeightAveragingGaussian of(int firstEpoch) {
        return of(firstEpoch, COLUMNS, SCALE);
    }

    /**
     * Returns a listener for one trainer.
     *
     * @param firstEpoch the first epoch whose weights count, from 1
     * @param columns K, at least 0; 0 for the diagonal alone
     * @param scale of the covariance, at least 0; 0 draws the mean
     * @return the listener
     */
    public static StochasticWeightAveragingGaussian of(int firstEpoch, int columns, double scale) {
        return new StochasticWeightAveragingGaussian(
                firstEpoch,
                Checks.atLeast("columns", columns, 0),
                Checks.nonNegative("scale", scale));
    }

    /**
     * Gives a model the mean weights, and running statistics that fit them.
     *
     * @param model the model that was trained, or another of its architecture
     * @param training the training data, read once if the model has batch normalisation
     * @throws IOException if the data cannot be read
     * @throws TranslateException if they cannot be batched
     * @throws IllegalArgumentException if no weights were collected, or the model has others
     */
    public void applyTo(Model model, Dataset training) throws IOException, TranslateException {
        WeightMoments.write(model, moments().mean());
        BatchStatistics.refresh(model, training);
    }

    /**
     * Gives a model weights drawn from a seed, and running statistics that fit them.
     *
     * @param model the model that was trained, or another of its architecture
     * @param training the training data, read once if the model has batch normalisation
     * @param seed any number
     * @throws IOException if the data cannot be read
     * @throws TranslateException if they cannot be batched
     * @throws IllegalArgumentException if no weights were collected, or the model has others
     */
    public void drawInto(Model model, Dataset training, long seed)
            throws IOException, TranslateException {
        WeightMoments.write(model, moments().draw(scale, new SplittableRandom(seed)));
        BatchStatistics.refresh(model, training);
    }

    /**
     * Predicts with several draws. The model holds each in turn, and the mean at the end, also
     * after an exception; it is not to be used by others meanwhile.
     *
     * @param model the model that was trained, or another of its architecture
     * @param input {@code [N, ...]}
     * @param training the training data, read once for each draw if the model has batch
     *     normalisation
     * @param draws S, at least 1
     * @param seed of the first draw; the next has the next
     * @return the predictions of all draws; they belong to the manager of the input
     * @throws IOException if the data cannot be read
     * @throws TranslateException if they cannot be batched
     * @throws IllegalArgumentException if no weights were collected, or the model has others
     */
    public PredictiveDistribution predict(
            Model model, NDArray input, Dataset training, int draws, long seed)
            throws IOException, TranslateException {
        Checks.atLeast("draws", draws, 1);
        moments();
        List<NDArray> logits = new ArrayList<>();
        try {
            for (int draw = 0; draw < draws; draw++) {
                drawInto(model, training, seed + draw);
                logits.add(single(model, input));
            }
            return PredictiveDistribution.of(logits);
        } finally {
            logits.forEach(NDArray::close);
            applyTo(model, training);
        }
    }

    private static NDArray single(Model model, NDArray input) {
        try (NDManager scope = input.getManager().newSubManager(input.getDevice())) {
            NDArray view = input.stopGradient();
            view.attach(scope);
            NDArray logits = DeepEnsemble.of(List.of(model)).predict(view).logMean();
            return scope.ret(logits);
        }
    }
}
