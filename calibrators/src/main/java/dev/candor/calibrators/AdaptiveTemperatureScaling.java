package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Adaptive temperature scaling (AdaTS): a temperature for each sample, told from its features by
 * how likely they are under each class.
 *
 * <pre>
 *   p = softmax(u / t(x)),  u = z / T
 *   t(x) = max(0.001, softplus(net(log p(v | 1), .., log p(v | C)))),  v = mu(x)
 * </pre>
 *
 * <p>x are features of the sample, such as the input of the network's last layer, standardised; v
 * is the latent variable of a variational auto-encoder of x, of which each class k has a normal
 * prior {@code p(v | k)} of its own; {@code net} and the auto-encoder consist of dense layers with
 * ELU units; u are the logits, divided by the best temperature {@code T > 0} of all samples.
 * Softens samples that are unlike those of any class. The predicted class and the order of classes
 * stay. For thousands of samples; without features, {@link ParameterizedTemperatureScaling} is the
 * choice.
 *
 * <p>The fit minimises the mean {@link Objective} less the evidence bound of the auto-encoder, with
 * the absolute error of x for its likelihood, on four fifths of the samples by Adam. It keeps the
 * arrays of the least objective, without the bound, on the rest. It is never worse than temperature
 * scaling on all samples, which is the result, with {@link FitSummary.Status#TOO_FEW_SAMPLES}, of
 * fewer than 50, and, with the status of the temperature, where that has no finite optimum. On the
 * device of the logits and in their type.
 *
 * <p>A block of it, trained in a network, sees the loss of the trainer alone, without the bound.
 *
 * <p>Source: Joy et al., <i>Sample-dependent Adaptive Temperature Scaling for Improved
 * Calibration</i>, AAAI 2023, arXiv:2207.06211. The authors' code draws the latent variable when it
 * calibrates too; here its mean stands for it, so that the same sample gives the same result. The
 * standardisation and the temperature in front are choices of this library.
 */
public final class AdaptiveTemperatureScaling extends NeuralCalibrator
        implements FeatureCalibrator {

    static final String METHOD = "adaptiveTemperature";
    static final String FEATURES = "features";
    static final String LATENT = "latent";
    static final String ENCODER = "encoder";
    static final String HIDDEN = "hidden";

    private AdaptiveTemperatureScaling(
            Network network, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, network, coefficients, summary);
    }

    static AdaptiveTemperatureScaling of(CalibratorFile file) {
        JsonObject options = file.options();
        Network network =
                LatentTemperatureNetwork.of(
                        file.classes(),
                        Checks.atLeast(FEATURES, options.get(FEATURES).getAsInt(), 1),
                        Checks.atLeast(LATENT, options.get(LATENT).getAsInt(), 1),
                        IntraOrderPreserving.units(options, ENCODER),
                        IntraOrderPreserving.units(options, HIDDEN));
        List<Coefficient> coefficients = coefficients(file, network);
        return new AdaptiveTemperatureScaling(
                network, coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param features {@code [N, F]}, finite, of a floating-point type
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit or a feature is not finite,
     *     a label is not a class index, or the shapes do not match
     */
    public static AdaptiveTemperatureScaling fit(NDArray logits, NDArray features, NDArray labels) {
        return builder().setFeatures(features).fit(logits, labels);
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public long features() {
        return network().features();
    }

    @Override
    public NDArray apply(NDArray logits, NDArray features) {
        return apply(new NDList(logits, features), null);
    }

    /** Fits an {@link AdaptiveTemperatureScaling}, or makes its block. */
    public static final class Builder extends NetworkBuilder<Builder, AdaptiveTemperatureScaling> {

        private static final int BATCH_SIZE = 128;
        private static final double LEARNING_RATE = 5e-4;

        private int latent = 16;
        private int[] encoder = {1024, 512, 512};
        private int[] hidden = {128, 128};

        private Builder() {
            super(LEARNING_RATE, 0);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the features of the samples.
         *
         * @param features {@code [N, F]}, finite, of a floating-point type; read when the fit
         *     begins
         * @return this builder
         */
        public Builder setFeatures(NDArray features) {
            features(features);
            return this;
        }

        /**
         * Sets the number of latent variables.
         *
         * @param latent at least 1, default 16
         * @return this builder
         */
        public Builder optLatentVariables(int latent) {
            this.latent = Checks.atLeast("latentVariables", latent, 1);
            return this;
        }

        /**
         * Sets the numbers of units of the hidden layers of the encoder; the decoder has the same
         * in reverse.
         *
         * @param units each at least 1, default 1024, 512 and 512
         * @return this builder
         */
        public Builder optEncoderUnits(int... units) {
            this.encoder = hiddenUnits(units);
            return this;
        }

        /**
         * Sets the numbers of units of the hidden layers that tell the temperature.
         *
         * @param hidden each at least 1, default 128 and 128
         * @return this builder
         */
        public Builder optHiddenUnits(int... hidden) {
            this.hidden = hiddenUnits(hidden);
            return this;
        }

        /**
         * Returns a block that takes logits and features, to be trained by a {@link
         * ai.djl.training.Trainer} with any loss, alone or jointly with the network. It begins as
         * the identity.
         *
         * @param classes C, at least 2
         * @param features F, at least 1
         * @return a new block
         */
        public Block block(long classes, int features) {
            return newBlock(classes, Checks.atLeast(FEATURES, features, 1));
        }

        @Override
        Network network(long classes, long width) {
            return LatentTemperatureNetwork.of(classes, width, latent, encoder, hidden);
        }

        @Override
        int usualBatchSize() {
            return BATCH_SIZE;
        }

        @Override
        AdaptiveTemperatureScaling fit(LabelledLogits data, long begin) {
            Checks.that(features() != null, "no features were set: call setFeatures");
            return super.fit(data, begin);
        }

        @Override
        AdaptiveTemperatureScaling calibrator(
                Network network, List<Coefficient> coefficients, FitSummary summary) {
            return new AdaptiveTemperatureScaling(network, coefficients, summary);
        }
    }
}
