package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.ConformalQuantile;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Validation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Split conformal prediction: sets of classes that hold the label with a probability that is chosen
 * beforehand.
 *
 * <pre>
 *   set(z) = { k : score(z, k) &lt;= h }
 *   h = the ceil((n + 1)(1 - alpha))-th smallest of score(z_i, y_i), i = 1..n
 * </pre>
 *
 * <p>{@code alpha} is the miscoverage. If the samples of the fit and those of use are exchangeable,
 * a set holds the label with probability {@code 1 - alpha} at least, on average over both, whatever
 * the network; how small the sets are depends on the network and on the score. Where the n samples
 * are too few for the quantile, h is infinite and every set holds all classes. Class-conditional
 * predictors have a threshold for each class, fitted to the samples of that class, and so promise
 * the coverage for each class; they need many samples of each, {@code 1/alpha - 1} at the very
 * least.
 *
 * <p>Fit it after calibration, to samples that the calibrator was not fitted to: {@code
 * fit(calibrator.apply(logits), labels)}, and likewise in use. The guarantee does not depend on it.
 *
 * <p>Randomised scores make coverage exact where deterministic ones exceed it. The random number of
 * a sample is drawn from its logits and a seed, so that the same sample gets the same set in
 * whatever batch.
 *
 * <p>Immutable, free of native memory, may be shared by threads. It yields sets, not probabilities:
 * it is no {@link Calibrator}, and neither a block nor part of a model; save it beside the model.
 *
 * <p>Source: Vovk, Gammerman and Shafer, <i>Algorithmic Learning in a Random World</i>, Springer
 * 2005; Angelopoulos and Bates, <i>A Gentle Introduction to Conformal Prediction and
 * Distribution-Free Uncertainty Quantification</i>, arXiv:2107.07511. Some published code leaves
 * out the {@code n + 1}.
 */
public abstract class ConformalPredictor {

    private static final Map<String, Function<CalibratorFile, ConformalPredictor>> METHODS =
            new TreeMap<>(
                    Map.of(
                            LeastAmbiguousSets.METHOD, LeastAmbiguousSets::of,
                            AdaptivePredictionSets.METHOD, AdaptivePredictionSets::of,
                            RegularizedAdaptivePredictionSets.METHOD,
                                    RegularizedAdaptivePredictionSets::of));

    private static final String THRESHOLDS = "thresholds";
    private static final String MISCOVERAGE = "miscoverage";
    private static final String EMPTY_SETS = "emptySets";
    private static final String RANDOMIZED = "randomized";
    private static final String SEED = "seed";

    /** Scores that are equal but for the rounding of their sums. */
    private static final double ROUNDING = 1e-12;

    private final String method;
    private final Terms terms;

    /**
     * What all predictors are made of.
     *
     * @param classes the number of classes
     * @param miscoverage alpha
     * @param randomness the seed of randomised scores, or null for deterministic ones
     * @param emptySets whether a set may be empty
     * @param thresholds one, or one for each class
     */
    record Terms(
            long classes,
            double miscoverage,
            Long randomness,
            boolean emptySets,
            double[] thresholds) {

        private Terms with(double[] others) {
            return new Terms(classes, miscoverage, randomness, emptySets, others);
        }
    }

    ConformalPredictor(String method, Terms terms) {
        this.method = method;
        this.terms = terms;
    }

    /**
     * The scores of all classes, greater for classes that are less likely.
     *
     * @param probabilities float64 {@code [M, C]}
     * @param uniform random numbers of 0 to 1, float64 {@code [M, 1]}; null where scores are
     *     deterministic
     */
    abstract NDArray scores(NDArray probabilities, NDArray uniform);

    /** What a saved file must tell of the method. */
    void describe(JsonObject options) {}

    final Terms terms() {
        return terms;
    }

    /**
     * Returns the number of classes that this predictor takes.
     *
     * @return the number of classes
     */
    public final long classes() {
        return terms.classes();
    }

    /**
     * Returns the probability with which a set may miss the label.
     *
     * @return alpha
     */
    public final double miscoverage() {
        return terms.miscoverage();
    }

    /**
     * Returns the thresholds of the scores.
     *
     * @return one, or one for each class where the predictor is class-conditional; infinite where
     *     samples were too few
     */
    public final double[] thresholds() {
        return terms.thresholds().clone();
    }

    /**
     * Returns the prediction sets of samples.
     *
     * @param logits {@code [N, C]}, or any shape whose last axis holds the classes; a
     *     floating-point type
     * @return boolean, of the same shape: whether the class belongs to the set; it belongs to the
     *     manager of the logits
     * @throws IllegalArgumentException if the number of classes is not {@link #classes()}, or a
     *     logit is NaN or infinite
     */
    public final NDArray sets(NDArray logits) {
        Shape shape = logits.getShape();
        Checks.that(
                logits.getDataType().isFloating(),
                "logits have type %s, expected a floating-point type",
                logits.getDataType());
        Checks.that(
                shape.dimension() > 0 && shape.get(shape.dimension() - 1) == classes(),
                "logits have shape %s, expected %d classes as last axis",
                shape,
                classes());
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            NDArray rows = logits.stopGradient();
            rows.attach(scope);
            Validation.finite(rows.reshape(-1, classes()));
            NDList limits = new NDList(scope.create(terms.thresholds()).add(ROUNDING));
            NDArray sets =
                    RowParts.map(
                            rows.reshape(-1, classes()),
                            limits,
                            DataType.BOOLEAN,
                            this::setsWithin);
            return scope.ret(sets.reshape(shape));
        }
    }

    private NDArray setsWithin(NDArray rows, NDList limits) {
        NDArray scores = scoresOf(rows.toType(DataType.FLOAT64, false));
        NDArray sets = scores.lte(limits.head());
        return terms.emptySets()
                ? sets
                : sets.logicalOr(scores.lte(scores.min(new int[] {1}, true)));
    }

    /** The scores of float64 logits {@code [M, C]}. */
    final NDArray scoresOf(NDArray logits) {
        NDArray uniform = null;
        if (terms.randomness() != null) {
            double[] draws = RowHash.uniform(logits, terms.randomness());
            uniform = logits.getManager().create(draws, new Shape(draws.length, 1));
        }
        return scores(logits.softmax(1), uniform);
    }

    final double[] labelScores(LabelledLogits data) {
        double[] scores = new double[Math.toIntExact(data.size())];
        Float64Chunk.forEach(
                data,
                chunk -> {
                    NDArray all = scoresOf(chunk.logits());
                    double[] own = LogitBatch.pick(all, chunk.labels()).toDoubleArray();
                    System.arraycopy(own, 0, scores, (int) chunk.first(), own.length);
                });
        return scores;
    }

    /**
     * Saves this predictor, to be loaded by {@link #load(Path)}. The file is written beside its
     * target and moved into place.
     *
     * @param file the target, usually named {@code *.candor}; replaced if it exists
     * @throws IOException if the file cannot be written
     */
    public final void save(Path file) throws IOException {
        JsonObject options = new JsonObject();
        options.addProperty(MISCOVERAGE, terms.miscoverage());
        options.addProperty(EMPTY_SETS, terms.emptySets());
        options.addProperty(RANDOMIZED, terms.randomness() != null);
        options.addProperty(SEED, terms.randomness() == null ? 0 : terms.randomness());
        describe(options);
        Shape shape = new Shape(terms.thresholds().length);
        List<Coefficient> arrays = List.of(new Coefficient(THRESHOLDS, shape, terms.thresholds()));
        new CalibratorFile(method, classes(), options, new JsonObject(), arrays).write(file);
    }

    /**
     * Loads a predictor that {@link #save(Path)} wrote. Nothing in the file is run.
     *
     * @param file the file
     * @return the predictor
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is no file of a predictor, is truncated or damaged, or
     *     needs a newer version of this library
     */
    public static ConformalPredictor load(Path file) throws IOException {
        CalibratorFile content = CalibratorFile.read(file);
        Function<CalibratorFile, ConformalPredictor> method = METHODS.get(content.method());
        Checks.that(
                method != null,
                "%s holds '%s', expected a conformal predictor of %s",
                file,
                content.method(),
                METHODS.keySet());
        try {
            return method.apply(content);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    static Terms terms(CalibratorFile file) {
        double[] thresholds = file.coefficient(THRESHOLDS).values();
        Checks.that(
                thresholds.length == 1 || thresholds.length == file.classes(),
                "%d thresholds for %d classes",
                thresholds.length,
                file.classes());
        JsonObject options = file.options();
        double miscoverage = options.get(MISCOVERAGE).getAsDouble();
        return new Terms(
                file.classes(),
                Checks.strictlyWithin(MISCOVERAGE, miscoverage, 0, 1),
                options.get(RANDOMIZED).getAsBoolean() ? options.get(SEED).getAsLong() : null,
                options.get(EMPTY_SETS).getAsBoolean(),
                thresholds);
    }

    @Override
    public final String toString() {
        return method + ": miscoverage " + terms.miscoverage();
    }

    /**
     * Options of every fit of a conformal predictor.
     *
     * @param <B> the builder itself
     * @param <P> what it fits
     */
    public abstract static class Builder<B extends Builder<B, P>, P extends ConformalPredictor> {

        private double miscoverage = 0.1;
        private boolean classConditional;
        private boolean emptySets = true;
        Long randomness;

        Builder() {}

        abstract B self();

        /** The predictor of these terms; its thresholds are yet to be fitted. */
        abstract P predictor(LabelledLogits data, HostSamples samples, Terms terms);

        /** The same predictor of other terms. */
        abstract P with(P predictor, Terms terms);

        /** The samples that are not left for the thresholds. */
        boolean[] spent(LabelledLogits data) {
            return new boolean[Math.toIntExact(data.size())];
        }

        /**
         * Sets the probability with which a set may miss the label.
         *
         * @param miscoverage alpha, between 0 and 1, default 0.1
         * @return this builder
         */
        public B optMiscoverage(double miscoverage) {
            this.miscoverage = Checks.strictlyWithin(MISCOVERAGE, miscoverage, 0, 1);
            return self();
        }

        /**
         * Sets whether the coverage is promised for each class.
         *
         * @param classConditional default false
         * @return this builder
         */
        public B optClassConditional(boolean classConditional) {
            this.classConditional = classConditional;
            return self();
        }

        /**
         * Sets whether a set may be empty. If not, a set holds at least the class of the lowest
         * score; coverage can only grow.
         *
         * @param emptySets default true
         * @return this builder
         */
        public B optEmptySets(boolean emptySets) {
            this.emptySets = emptySets;
            return self();
        }

        /**
         * Fits the threshold to held-out samples.
         *
         * @param logits {@code [N, C]}, a floating-point type, on any device; calibrated, if
         *     calibration is wanted
         * @param labels class indices {@code [N]} or {@code [N, 1]}
         * @return the predictor
         * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label
         *     is not a class index, or the shapes do not match
         */
        public P fit(NDArray logits, NDArray labels) {
            try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
                LabelledLogits data = LabelledLogits.of(scope, logits, labels, null);
                HostSamples samples = HostSamples.of(data);
                Terms terms =
                        new Terms(
                                data.classes(),
                                miscoverage,
                                randomness,
                                emptySets,
                                new double[] {Double.POSITIVE_INFINITY});
                P unfitted = predictor(data, samples, terms);
                ConformalQuantile quantile =
                        new ConformalQuantile(
                                unfitted.labelScores(data),
                                samples.labels(),
                                spent(data),
                                miscoverage);
                double[] thresholds =
                        classConditional
                                ? quantile.perClass((int) data.classes())
                                : new double[] {quantile.ofAll()};
                return with(unfitted, terms.with(thresholds));
            }
        }
    }
}
