package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Neural rank-preserving transforms (NRPT): one increasing function of the logits for each sample,
 * a sum of units that a network places and scales by what it sees of the sample.
 *
 * <pre>
 *   g(u_k; x) = a_0 u_k + sum_{j = 1..m} a_j phi((u_k - b_j(x)) / T_j(x)),  u = z / T
 * </pre>
 *
 * <p>{@code a_j > 0}, {@code T_j(x) > 0} and {@code b_j(x)} are numbers, {@code phi} an increasing
 * {@link Unit}; {@code b} and {@code T_j} come from dense layers with rectified units that see x:
 * the k greatest of u, or features of the sample if they are given, such as the input of the
 * network's last layer. u are the logits divided by the best temperature {@code T > 0} of all
 * samples. The linear term keeps apart what saturated units would make equal. As the same function
 * maps all classes of a sample, their order stays, and ties stay ties.
 *
 * <p>More flexible than {@link ParameterizedTemperatureScaling}, which is one unit without bend;
 * with a few hundred samples or less, temperature scaling does as well.
 *
 * <p>The fit minimises the mean {@link Objective} on four fifths of the samples by Adam, from all
 * but temperature scaling, and keeps the arrays of the least objective on the rest. It is never
 * worse than temperature scaling on all samples, which is the result, with {@link
 * FitSummary.Status#TOO_FEW_SAMPLES}, of fewer than 50, and, with the status of the temperature,
 * where that has no finite optimum. On the device of the logits and in their type. Features are
 * standardised.
 *
 * <p>Source: <i>Improved Uncertainty Post-Calibration via Rank Preserving Transforms</i>,
 * submission to ICLR 2021, OpenReview jsM6yvqiT0W. The linear term, what the network sees and how
 * it is built are choices of this library.
 */
public final class NeuralRankPreserving extends NeuralCalibrator implements FeatureCalibrator {

    /** The increasing function phi. */
    public enum Unit {
        /** {@code max(x, 0.2 x)}. */
        LEAKY_RELU,
        /** {@code tanh x}, which saturates. */
        TANH,
        /** {@code log(1 + e^x)}. */
        SOFTPLUS
    }

    static final String METHOD = "neuralRankPreserving";
    static final String FEATURES = "features";
    static final String UNITS = "units";
    static final String UNIT = "unit";
    static final String TOP = "top";
    static final String HIDDEN = "hidden";

    private NeuralRankPreserving(
            Network network, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, network, coefficients, summary);
    }

    static NeuralRankPreserving of(CalibratorFile file) {
        JsonObject options = file.options();
        int top = options.get(TOP).getAsInt();
        Checks.within(TOP, top, 1, file.classes());
        Network network =
                RankPreservingNetwork.of(
                        file.classes(),
                        Checks.atLeast(FEATURES, options.get(FEATURES).getAsInt(), 0),
                        Checks.atLeast(UNITS, options.get(UNITS).getAsInt(), 1),
                        Unit.valueOf(options.get(UNIT).getAsString()),
                        top,
                        IntraOrderPreserving.units(options, HIDDEN));
        List<Coefficient> coefficients = coefficients(file, network);
        return new NeuralRankPreserving(
                network, coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples, by the greatest logits of each.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static NeuralRankPreserving fit(NDArray logits, NDArray labels) {
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

    @Override
    public long features() {
        return network().features();
    }

    @Override
    public NDArray apply(NDArray logits, NDArray features) {
        return apply(new NDList(logits, features), null);
    }

    /** Fits a {@link NeuralRankPreserving}, or makes its block. */
    public static final class Builder extends NetworkBuilder<Builder, NeuralRankPreserving> {

        private static final int BATCH_SIZE = 256;
        private static final double LEARNING_RATE = 5e-3;
        private static final double WEIGHT_DECAY = 5e-4;

        private int units = 16;
        private Unit unit = Unit.LEAKY_RELU;
        private int top = 10;
        private int[] hidden = {20};

        private Builder() {
            super(LEARNING_RATE, WEIGHT_DECAY);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what the network sees of the samples, instead of their greatest logits.
         *
         * @param features {@code [N, F]}, finite, of a floating-point type; read when the fit
         *     begins
         * @return this builder
         */
        public Builder optFeatures(NDArray features) {
            features(features);
            return this;
        }

        /**
         * Sets the number of units.
         *
         * @param units m, at least 1, default 16
         * @return this builder
         */
        public Builder optUnits(int units) {
            this.units = Checks.atLeast(UNITS, units, 1);
            return this;
        }

        /**
         * Sets the function phi.
         *
         * @param unit default {@link Unit#LEAKY_RELU}
         * @return this builder
         */
        public Builder optUnit(Unit unit) {
            this.unit = unit;
            return this;
        }

        /**
         * Sets how many of the greatest logits the network sees where there are no features.
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
         * @param hidden each at least 1, default 20
         * @return this builder
         */
        public Builder optHiddenUnits(int... hidden) {
            this.hidden = hiddenUnits(hidden);
            return this;
        }

        /**
         * Returns a block to follow a network, to be trained by a {@link ai.djl.training.Trainer}
         * with any loss, alone or jointly with the network. It begins close to the identity.
         *
         * @param classes C, at least 2
         * @return a new block
         */
        public Block block(long classes) {
            return newBlock(classes, 0);
        }

        /**
         * Returns a block that takes logits and features, to be trained likewise.
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
            int seen = (int) Math.min(top, classes);
            return RankPreservingNetwork.of(classes, width, units, unit, seen, hidden);
        }

        @Override
        int usualBatchSize() {
            return BATCH_SIZE;
        }

        @Override
        NeuralRankPreserving calibrator(
                Network network, List<Coefficient> coefficients, FitSummary summary) {
            return new NeuralRankPreserving(network, coefficients, summary);
        }
    }
}
