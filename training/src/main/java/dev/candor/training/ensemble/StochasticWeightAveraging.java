package dev.candor.training.ensemble;

import ai.djl.Model;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;

/**
 * Stochastic weight averaging (SWA): the mean of the weights at the end of the last epochs, instead
 * of the weights of the last one.
 *
 * <pre>
 *   theta = (1/n) sum_j theta_j
 * </pre>
 *
 * <pre>{@code
 * StochasticWeightAveraging averaging = StochasticWeightAveraging.of(20);
 * config.addTrainingListeners(averaging);
 * EasyTrain.fit(trainer, 30, training, validation);
 * averaging.applyTo(model, training);
 * }</pre>
 *
 * <p>A listener for one trainer. {@code theta_j} are the weights after epoch {@code j}, from the
 * first epoch given; the learning rate should by then be constant, high, or cyclic, so that the
 * weights move. The mean is kept in float64 on the host. Frozen weights are averaged too, which
 * changes nothing; running statistics are not, but computed anew for the mean by {@link
 * BatchStatistics}.
 *
 * <p>Source: Izmailov et al., <i>Averaging Weights Leads to Wider Optima and Better
 * Generalization</i>, UAI 2018, arXiv:1803.05407.
 */
public final class StochasticWeightAveraging extends WeightListener {

    private StochasticWeightAveraging(int firstEpoch) {
        super(firstEpoch, -1);
    }

    /**
     * Returns a listener for one trainer.
     *
     * @param firstEpoch the first epoch whose weights count, from 1
     * @return the listener
     */
    public static StochasticWeightAveraging of(int firstEpoch) {
        return new StochasticWeightAveraging(firstEpoch);
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
}
