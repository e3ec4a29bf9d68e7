package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Parameterized temperature scaling: a temperature for each sample, told by a small network from
 * its greatest logits.
 *
 * <pre>
 *   p = softmax(u / t(u)),  t(u) = max(|net(u_(1), .., u_(k))|, 0.001),  u = z / T
 * </pre>
 *
 * <p>{@code u_(1) >= .. >= u_(k)} are the k greatest logits of a sample, divided by the best
 * temperature {@code T > 0} of all samples; {@code net} consists of dense layers with rectified
 * units. Where {@code net = 1} this is temperature scaling, and there training begins.
 *
 * <p>Softens samples by how sure the network is of them; the predicted class and the order of
 * classes stay. That of confidences between samples may change. With a few hundred samples or less,
 * temperature scaling does as well.
 *
 * <p>The fit minimises the mean {@link Objective} on four fifths of the samples by L-BFGS, and
 * keeps the arrays of the least objective on the rest. It is never worse than temperature scaling
 * on all samples, which is the result, with {@link FitSummary.Status#TOO_FEW_SAMPLES}, of fewer
 * than 50, and, with the status of the temperature, where that has no finite optimum. On the device
 * of the logits and in their type.
 *
 * <p>Source: Tomani, Cremers and Buettner, <i>Parameterized Temperature Scaling for Boosting the
 * Expressive Power in Post-Hoc Uncertainty Calibration</i>, ECCV 2022, arXiv:2102.12182. The
 * authors' code minimises the squared error, which is {@link Objective#BRIER}, cuts logits off at
 * 100 and lets t fall to {@code 1e-12}; the temperature in front is a choice of this library.
 */
public final class ParameterizedTemperatureScaling extends NeuralCalibrator {

    static final String METHOD = "parameterizedTemperature";
    static final String TOP = "top";
    static final String HIDDEN = "hidden";

    private ParameterizedTemperatureScaling(
            Network network, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, network, coefficients, summary);
    }

    static ParameterizedTemperatureScaling of(CalibratorFile file) {
        int top = file.options().get(TOP).getAsInt();
        Checks.within(TOP, top, 1, file.classes());
        int[] hidden = IntraOrderPreserving.units(file.options(), HIDDEN);
        Network network = TemperatureNetwork.of(file.classes(), top, hidden);
        List<Coefficient> coefficients = coefficients(file, network);
        return new ParameterizedTemperatureScaling(
                network, coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static ParameterizedTemperatureScaling fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Fits a {@link ParameterizedTemperatureScaling}, or makes its block. */
    public static final class Builder
            extends NetworkBuilder<Builder, ParameterizedTemperatureScaling> {

        private static final double LEARNING_RATE = 5e-3;

        private int top = 10;
        private int[] hidden = {5, 5};

        private Builder() {
            super(LEARNING_RATE, 0);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how many of the greatest logits the network sees.
         *
         * @param top k, at least 1, default 10; all where there are fewer classes
         * @return this builder
         */
        public Builder optTop(int top) {
            this.top = Checks.atLeast(TOP, top, 1);
            return this;
        }

        /**
         * Sets the numbers of units of the hidden layers.
         *
         * @param hidden each at least 1, default 5 and 5
         * @return this builder
         */
        public Builder optHiddenUnits(int... hidden) {
            this.hidden = hiddenUnits(hidden);
            return this;
        }

        /**
         * Returns a block to follow a network, to be trained by a {@link ai.djl.training.Trainer}
         * with any loss, alone or jointly with the network. It begins as the identity.
         *
         * @param classes C, at least 2
         * @return a new block
         */
        public Block block(long classes) {
            return newBlock(classes, 0);
        }

        @Override
        Network network(long classes, long width) {
            return TemperatureNetwork.of(classes, (int) Math.min(top, classes), hidden);
        }

        @Override
        int usualBatchSize() {
            return 0;
        }

        @Override
        ParameterizedTemperatureScaling calibrator(
                Network network, List<Coefficient> coefficients, FitSummary summary) {
            return new ParameterizedTemperatureScaling(network, coefficients, summary);
        }
    }
}
