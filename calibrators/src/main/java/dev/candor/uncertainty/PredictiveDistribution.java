package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.Calibrator;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Several predictions of each input, by the members of an ensemble or by draws of dropout masks,
 * and what their agreement tells.
 *
 * <pre>
 *   q_s  = softmax(z_s),  s = 1..S
 *   mean                  q = (1/S) sum_s q_s
 *   predictive entropy    H(q)                          total uncertainty
 *   expected entropy      (1/S) sum_s H(q_s)            of the data
 *   mutual information    H(q) - (1/S) sum_s H(q_s)     of the model
 *   variation ratio       1 - (votes of the most voted class) / S
 *   disagreement          1 - sum_k C(n_k, 2) / C(S, 2),  n_k votes for class k
 *   variance              (1/S) sum_s (q_sk - q_k)^2
 * </pre>
 *
 * <p>{@code H} is in nats, with {@code 0 log 0 = 0}. Probabilities are averaged, never logits. All
 * measures are float64 and derive from one log-softmax. They belong to the manager of the logits,
 * as does this object.
 *
 * <p>To calibrate, pool first: {@link #logMean()} of held-out inputs is what a calibrator is fitted
 * to, and {@link #calibrated} applies it. Members calibrated one by one give an average that is
 * underconfident.
 *
 * <p>Source of the decomposition: Houlsby et al., <i>Bayesian Active Learning for Classification
 * and Preference Learning</i>, 2011, arXiv:1112.5745; of pooling before calibration: Rahaman and
 * Thiery, <i>Uncertainty Quantification and Deep Ensembles</i>, NeurIPS 2021, arXiv:2007.08792.
 */
public final class PredictiveDistribution {

    private final NDArray probabilities;
    private final NDArray logProbabilities;

    private PredictiveDistribution(NDArray probabilities, NDArray logProbabilities) {
        this.probabilities = probabilities;
        this.logProbabilities = logProbabilities;
    }

    /**
     * Reads logits.
     *
     * @param logits {@code [S, N, C]}, S predictions of N inputs; a floating-point type
     * @return the distribution
     * @throws IllegalArgumentException if the shape or the type is another, or a logit is NaN or
     *     infinite
     */
    public static PredictiveDistribution of(NDArray logits) {
        check("logits", logits);
        return scoped(
                logits,
                values -> {
                    NDArray log = values.logSoftmax(2);
                    return new NDList(log.exp(), log);
                });
    }

    /**
     * Reads the logits of each member.
     *
     * @param logits one array {@code [N, C]} for each member
     * @return the distribution; it belongs to the manager of the first
     * @throws IllegalArgumentException if there is none, or the shapes differ
     */
    public static PredictiveDistribution of(List<NDArray> logits) {
        Checks.that(!logits.isEmpty(), "no logits, expected those of at least one member");
        Shape expected = logits.get(0).getShape();
        for (int member = 1; member < logits.size(); member++) {
            Shape found = logits.get(member).getShape();
            Checks.that(
                    found.equals(expected),
                    "logits[%d] have shape %s, those before it %s",
                    member,
                    found,
                    expected);
        }
        try (NDArray all = NDArrays.stack(new NDList(logits))) {
            return of(all);
        }
    }

    /**
     * Reads probabilities. The logarithm of a zero is taken at the smallest normal number.
     *
     * @param probabilities {@code [S, N, C]}, each row summing to 1
     * @return the distribution
     * @throws IllegalArgumentException if the shape or the type is another, or a row is negative or
     *     does not sum to 1
     */
    public static PredictiveDistribution ofProbabilities(NDArray probabilities) {
        check("probabilities", probabilities);
        return scoped(
                probabilities,
                values -> {
                    double lowest = values.min().getDouble();
                    double miss = values.sum(new int[] {2}).sub(1).abs().max().getDouble();
                    Checks.that(
                            lowest >= 0,
                            "probabilities hold %s, expected nonnegative values",
                            lowest);
                    Checks.that(
                            miss <= MASS_TOLERANCE,
                            "probabilities of a row miss the sum 1 by %s",
                            miss);
                    return new NDList(values, log(values));
                });
    }

    /** Mass by which a row of probabilities may miss one. */
    private static final double MASS_TOLERANCE = 1e-4;

    private static void check(String name, NDArray array) {
        Shape shape = array.getShape();
        Checks.that(
                shape.dimension() == 3 && shape.size() > 0 && shape.get(2) > 1,
                "%s have shape %s, expected [S, N, C] with at least two classes",
                name,
                shape);
        Checks.that(
                array.getDataType().isFloating(),
                "%s have type %s, expected a floating-point type",
                name,
                array.getDataType());
    }

    private static PredictiveDistribution scoped(NDArray input, Function<NDArray, NDList> parts) {
        NDManager manager = input.getManager();
        try (NDManager scope = manager.newSubManager(input.getDevice())) {
            NDArray view = input.stopGradient();
            view.attach(scope);
            NDList result = parts.apply(view.toType(DataType.FLOAT64, true));
            double zero = result.get(0).mul(0).sum().getDouble();
            Checks.that(zero == 0, "the predictions hold NaN or infinity");
            result.attach(manager);
            return new PredictiveDistribution(result.get(0), result.get(1));
        }
    }

    private static NDArray log(NDArray probabilities) {
        return probabilities.maximum(Double.MIN_NORMAL).log();
    }

    /**
     * Returns the number of predictions of each input.
     *
     * @return S
     */
    public long samples() {
        return probabilities.getShape().get(0);
    }

    /**
     * Returns the number of inputs.
     *
     * @return N
     */
    public long size() {
        return probabilities.getShape().get(1);
    }

    /**
     * Returns the number of classes.
     *
     * @return C
     */
    public long classes() {
        return probabilities.getShape().get(2);
    }

    /**
     * Returns the probabilities by each member.
     *
     * @return {@code [S, N, C]}, float64
     */
    public NDArray probabilities() {
        return probabilities;
    }

    /**
     * Returns the mean probabilities.
     *
     * @return {@code [N, C]}, float64
     */
    public NDArray mean() {
        return probabilities.mean(new int[] {0});
    }

    /**
     * Returns the logarithm of the mean probabilities: logits for calibrators, metrics and reports.
     * Computed from the log-probabilities, so that it stays finite where all members are sure.
     *
     * @return {@code [N, C]}, float64
     */
    public NDArray logMean() {
        return scoped(
                () -> {
                    NDArray largest = logProbabilities.max(new int[] {0}, true);
                    NDArray sum = logProbabilities.sub(largest).exp().sum(new int[] {0});
                    return sum.log().add(largest.squeeze(0)).sub(Math.log(samples()));
                });
    }

    /**
     * Calibrates the mean: applies a calibrator to {@link #logMean()}.
     *
     * @param calibrator fitted to the {@link #logMean()} of held-out inputs
     * @return calibrated logits {@code [N, C]}
     */
    public NDArray calibrated(Calibrator calibrator) {
        try (NDArray logits = logMean()) {
            return calibrator.apply(logits);
        }
    }

    /**
     * Returns the entropy of the mean, all uncertainty there is.
     *
     * @return {@code [N]}, float64, in nats
     */
    public NDArray predictiveEntropy() {
        return scoped(this::entropyOfMean);
    }

    /**
     * Returns the mean of the entropies, the uncertainty that every member sees in the input.
     *
     * @return {@code [N]}, float64, in nats
     */
    public NDArray expectedEntropy() {
        return scoped(this::meanOfEntropies);
    }

    /**
     * Returns what the members disagree about, the uncertainty that more data would remove.
     *
     * @return {@code [N]}, float64, in nats, none negative
     */
    public NDArray mutualInformation() {
        return scoped(() -> entropyOfMean().sub(meanOfEntropies()).maximum(0));
    }

    private NDArray entropyOfMean() {
        NDArray mean = mean();
        return mean.mul(log(mean)).sum(new int[] {1}).neg();
    }

    private NDArray meanOfEntropies() {
        return probabilities.mul(logProbabilities).sum(new int[] {2}).neg().mean(new int[] {0});
    }

    /**
     * Returns the share of members that do not vote for the most voted class. A member votes for
     * its most probable class, the lowest index among ties.
     *
     * @return {@code [N]}, float64, in {@code 0..1 - 1/S}
     */
    public NDArray variationRatio() {
        return scoped(() -> votes().max(new int[] {1}).div((double) samples()).neg().add(1));
    }

    /**
     * Returns the share of pairs of members that vote for different classes.
     *
     * @return {@code [N]}, float64, in {@code 0..1}; zero for a single member
     */
    public NDArray disagreement() {
        double pairs = samples() * (samples() - 1.0);
        return scoped(
                () -> {
                    NDArray votes = votes();
                    NDArray agreeing = votes.mul(votes.sub(1)).sum(new int[] {1});
                    return pairs == 0 ? agreeing : agreeing.div(pairs).neg().add(1);
                });
    }

    private NDArray votes() {
        NDArray best = probabilities.argMax(2);
        NDArray classes = best.getManager().arange(0, (int) classes(), 1, best.getDataType());
        return best.expandDims(2).eq(classes).toType(DataType.FLOAT64, false).sum(new int[] {0});
    }

    /**
     * Returns the variance of the probability of each class over the members.
     *
     * @return {@code [N, C]}, float64
     */
    public NDArray variance() {
        return scoped(() -> probabilities.sub(mean().expandDims(0)).square().mean(new int[] {0}));
    }

    /** Computes without leaving intermediate arrays behind. */
    private NDArray scoped(Supplier<NDArray> computation) {
        NDManager manager = probabilities.getManager();
        try (NDManager scope = manager.newSubManager(probabilities.getDevice())) {
            scope.tempAttachAll(probabilities, logProbabilities);
            return scope.ret(computation.get());
        }
    }
}
