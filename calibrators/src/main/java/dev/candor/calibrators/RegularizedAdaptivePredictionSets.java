package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.ConformalQuantile;
import dev.candor.calibrators.internal.HigherQuantile;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import java.util.stream.IntStream;

/**
 * Regularised adaptive prediction sets (RAPS): adaptive sets that are kept small by a penalty on
 * classes far down the list.
 *
 * <pre>
 *   score(z, k) = sum of p_j over the classes down to k - U p_k + lambda max(0, rank_k - r)
 * </pre>
 *
 * <p>{@code p = softmax(z)}, {@code rank_k} the place of class k in descending order of p, from 1;
 * U is uniform on {@code (0, 1)} where scores are randomised, and 0 where they are not. {@code
 * lambda = 0} gives {@link AdaptivePredictionSets}. See {@link ConformalPredictor} for what is
 * promised.
 *
 * <p>Unless both are given, r and lambda are tuned on three tenths of the samples, drawn at random
 * by a seed from the samples themselves, and the threshold is fitted to the others: r is the {@code
 * 1 - alpha} quantile of the ranks of the labels, and lambda that of 0.001, 0.01, 0.1, 0.2 and 0.5
 * with the smallest sets. Where there are fewer than ten samples, r is 1 and lambda 0.01, and all
 * serve for the threshold.
 *
 * <p>Source: Angelopoulos, Bates, Malik and Jordan, <i>Uncertainty Sets for Image Classifiers using
 * Conformal Prediction</i>, ICLR 2021, arXiv:2009.14193. The published code leaves out the {@code n
 * + 1} of the quantile.
 */
public final class RegularizedAdaptivePredictionSets extends ConformalPredictor {

    static final String METHOD = "raps";

    private static final String PENALTY = "penalty";
    private static final String FREE_RANK = "freeRank";

    private final double penalty;
    private final int freeRank;

    private RegularizedAdaptivePredictionSets(Terms terms, double penalty, int freeRank) {
        super(METHOD, terms);
        this.penalty = penalty;
        this.freeRank = freeRank;
    }

    static RegularizedAdaptivePredictionSets of(CalibratorFile file) {
        return new RegularizedAdaptivePredictionSets(
                terms(file),
                Checks.nonNegative(PENALTY, file.options().get(PENALTY).getAsDouble()),
                Checks.atLeast(FREE_RANK, file.options().get(FREE_RANK).getAsInt(), 0));
    }

    /**
     * Fits deterministic sets of miscoverage 0.1 to held-out samples.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the predictor
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static RegularizedAdaptivePredictionSets fit(NDArray logits, NDArray labels) {
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

    /**
     * Returns the penalty of each rank beyond those that are free.
     *
     * @return lambda, at least 0
     */
    public double penalty() {
        return penalty;
    }

    /**
     * Returns the rank up to which classes are free of the penalty.
     *
     * @return r, at least 0
     */
    public int freeRank() {
        return freeRank;
    }

    @Override
    NDArray scores(NDArray probabilities, NDArray uniform) {
        NDArray ranks = AdaptivePredictionSets.ranks(probabilities);
        NDArray excess = ranks.toType(DataType.FLOAT64, false).add(1.0 - freeRank).maximum(0);
        return AdaptivePredictionSets.cumulative(probabilities, ranks, uniform)
                .add(excess.mul(penalty));
    }

    @Override
    void describe(JsonObject options) {
        options.addProperty(PENALTY, penalty);
        options.addProperty(FREE_RANK, freeRank);
    }

    /** Fits {@link RegularizedAdaptivePredictionSets}. */
    public static final class Builder
            extends ConformalPredictor.Builder<Builder, RegularizedAdaptivePredictionSets> {

        private static final double[] PENALTIES = {0.001, 0.01, 0.1, 0.2, 0.5};
        private static final double USUAL_PENALTY = 0.01;
        private static final double TUNING_SHARE = 0.3;
        private static final int LEAST_TO_TUNE = 10;

        private Double penalty;
        private Integer freeRank;
        private long seed;

        private Builder() {}

        /**
         * Makes scores randomised; they are deterministic by default.
         *
         * @param seed of the random numbers
         * @return this builder
         */
        public Builder optRandomized(long seed) {
            this.randomness = seed;
            return this;
        }

        /**
         * Sets the penalty of each rank beyond those that are free.
         *
         * @param penalty lambda, finite and at least 0; tuned by default
         * @return this builder
         */
        public Builder optPenalty(double penalty) {
            this.penalty = Checks.nonNegative(PENALTY, penalty);
            return this;
        }

        /**
         * Sets the rank up to which classes are free of the penalty.
         *
         * @param freeRank r, at least 0; tuned by default
         * @return this builder
         */
        public Builder optFreeRank(int freeRank) {
            this.freeRank = Checks.atLeast(FREE_RANK, freeRank, 0);
            return this;
        }

        /**
         * Sets the seed by which the samples of the tuning are drawn.
         *
         * @param seed default 0
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        @Override
        boolean[] spent(LabelledLogits data) {
            boolean[] spent = super.spent(data);
            if (!tunes(spent.length)) {
                return spent;
            }
            int[] order = RowHash.shuffled(data, seed);
            for (int i = 0; i < TUNING_SHARE * spent.length; i++) {
                spent[order[i]] = true;
            }
            return spent;
        }

        @Override
        RegularizedAdaptivePredictionSets predictor(
                LabelledLogits data, HostSamples samples, Terms terms) {
            boolean[] tuning = spent(data);
            boolean tunes = tunes(tuning.length);
            int rank = freeRank != null ? freeRank : tunes ? rank(data, tuning, terms) : 1;
            double usual = penalty != null ? penalty : USUAL_PENALTY;
            RegularizedAdaptivePredictionSets best =
                    new RegularizedAdaptivePredictionSets(terms, usual, rank);
            double least = Double.POSITIVE_INFINITY;
            for (double candidate : penalty == null && tunes ? PENALTIES : new double[0]) {
                RegularizedAdaptivePredictionSets tried =
                        new RegularizedAdaptivePredictionSets(terms, candidate, rank);
                double size = size(data, samples, tuning, tried);
                if (size < least) {
                    least = size;
                    best = tried;
                }
            }
            return best;
        }

        private boolean tunes(int samples) {
            return samples >= LEAST_TO_TUNE && (penalty == null || freeRank == null);
        }

        /** The quantile of the ranks of the labels, from 1. */
        private static int rank(LabelledLogits data, boolean[] tuning, Terms terms) {
            double[] ranks = new double[tuning.length];
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        NDArray all = AdaptivePredictionSets.ranks(chunk.logits().softmax(1));
                        long[] own = LogitBatch.pick(all, chunk.labels()).toLongArray();
                        for (int i = 0; i < own.length; i++) {
                            ranks[(int) chunk.first() + i] = own[i];
                        }
                    });
            double[] sorted =
                    IntStream.range(0, ranks.length)
                            .filter(i -> tuning[i])
                            .mapToDouble(i -> ranks[i])
                            .sorted()
                            .toArray();
            return 1 + (int) HigherQuantile.of(sorted, 1 - terms.miscoverage());
        }

        /** The total size of the sets of the tuning samples, with a threshold of their own. */
        private static double size(
                LabelledLogits data,
                HostSamples samples,
                boolean[] tuning,
                RegularizedAdaptivePredictionSets tried) {
            boolean[] others = new boolean[tuning.length];
            for (int i = 0; i < others.length; i++) {
                others[i] = !tuning[i];
            }
            double threshold =
                    new ConformalQuantile(
                                    tried.labelScores(data),
                                    samples.labels(),
                                    others,
                                    tried.miscoverage())
                            .ofAll();
            double[] size = new double[1];
            Float64Chunk.forEach(
                    data,
                    chunk -> {
                        NDArray sets = tried.scoresOf(chunk.logits()).lte(threshold);
                        long[] sizes =
                                sets.toType(DataType.INT64, false).sum(new int[] {1}).toLongArray();
                        for (int i = 0; i < sizes.length; i++) {
                            size[0] += tuning[(int) chunk.first() + i] ? sizes[i] : 0;
                        }
                    });
            return size[0];
        }

        @Override
        RegularizedAdaptivePredictionSets with(
                RegularizedAdaptivePredictionSets predictor, Terms terms) {
            return new RegularizedAdaptivePredictionSets(
                    terms, predictor.penalty, predictor.freeRank);
        }
    }
}
