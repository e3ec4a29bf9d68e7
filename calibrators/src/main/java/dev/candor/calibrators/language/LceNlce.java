package dev.candor.calibrators.language;

import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.LogisticRegression;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.Locale;

/**
 * Logistic combination of a confidence from logits (LCE) and one from answers (NLCE).
 *
 * <pre>
 *   conf = sigmoid(w_1 l + w_2 v + b)
 * </pre>
 *
 * <p>{@code l} in {@code 0..1} comes from logits, such as {@link SequenceConfidence} or {@link
 * MultipleChoice}; {@code v} in {@code 0..1} does not, such as {@link VerbalizedConfidence} or
 * {@link SelfConsistency}. Fitted by logistic regression to held-out answers, without penalty, by
 * Newton's method: a few dozen answers and some of each kind are needed. Where the answers can be
 * separated, the weights are those at which the gradient faded, and the status says so. Immutable.
 *
 * <p>Source of the regression: Cox, <i>The Regression Analysis of Binary Sequences</i>, Journal of
 * the Royal Statistical Society B 20(2), 1958.
 */
public final class LceNlce {

    private static final int MAX_ITERATIONS = 100;

    private final double logitWeight;
    private final double answerWeight;
    private final double bias;
    private final Status status;

    private LceNlce(double logitWeight, double answerWeight, double bias, Status status) {
        this.logitWeight = finite("logitWeight", logitWeight);
        this.answerWeight = finite("answerWeight", answerWeight);
        this.bias = finite("bias", bias);
        this.status = status;
    }

    private static double finite(String name, double value) {
        Checks.that(Double.isFinite(value), "%s = %s, expected a finite value", name, value);
        return value;
    }

    /**
     * Returns the combination of known weights.
     *
     * @param logitWeight {@code w_1}, finite
     * @param answerWeight {@code w_2}, finite
     * @param bias b, finite
     * @return the combination
     */
    public static LceNlce of(double logitWeight, double answerWeight, double bias) {
        return new LceNlce(logitWeight, answerWeight, bias, Status.GIVEN);
    }

    /**
     * Fits to held-out answers.
     *
     * @param fromLogits l of each answer, in {@code 0..1}
     * @param fromAnswers v of each answer, in {@code 0..1}; leave out answers of which it could not
     *     be parsed
     * @param correct whether each answer is right
     * @return the combination
     * @throws IllegalArgumentException if there are fewer than two answers, the lengths differ, or
     *     a confidence is out of range
     */
    public static LceNlce fit(double[] fromLogits, double[] fromAnswers, boolean[] correct) {
        int size = correct.length;
        Checks.that(size > 1, "%d answers, expected at least 2", size);
        Checks.that(
                fromLogits.length == size && fromAnswers.length == size,
                "%d and %d confidences for %d answers",
                fromLogits.length,
                fromAnswers.length,
                size);
        double[] targets = new double[size];
        double[] shares = new double[size];
        double[] ones = new double[size];
        Arrays.fill(shares, 1.0 / size);
        Arrays.fill(ones, 1);
        double right = 0;
        for (int i = 0; i < size; i++) {
            Checks.within("fromLogits[" + i + "]", fromLogits[i], 0, 1);
            Checks.within("fromAnswers[" + i + "]", fromAnswers[i], 0, 1);
            targets[i] = correct[i] ? 1 : 0;
            right += targets[i];
        }
        LogisticRegression regression =
                new LogisticRegression(
                        new double[][] {fromLogits, fromAnswers, ones}, targets, shares);
        LogisticRegression.Result found = regression.fit(MAX_ITERATIONS);
        double[] w = found.weights();
        return new LceNlce(w[0], w[1], w[2], status(regression, found, right, size));
    }

    private static Status status(
            LogisticRegression regression,
            LogisticRegression.Result found,
            double right,
            int size) {
        if (right == 0 || right == size) {
            return Status.CLASS_WITHOUT_SAMPLES;
        }
        if (regression.separates(found.weights())) {
            return Status.SEPARABLE;
        }
        return switch (found.status()) {
            case CONVERGED -> Status.CONVERGED;
            case MAX_ITERATIONS -> Status.MAX_ITERATIONS;
            case STALLED -> Status.STALLED;
        };
    }

    /**
     * Combines the confidences in one answer.
     *
     * @param fromLogits l, in {@code 0..1}
     * @param fromAnswer v, in {@code 0..1}
     * @return a value in {@code 0..1}
     * @throws IllegalArgumentException if a confidence is out of range
     */
    public double confidence(double fromLogits, double fromAnswer) {
        Checks.within("fromLogits", fromLogits, 0, 1);
        Checks.within("fromAnswer", fromAnswer, 0, 1);
        return 1 / (1 + Math.exp(-(logitWeight * fromLogits + answerWeight * fromAnswer + bias)));
    }

    /**
     * Returns the weight of the confidence from logits.
     *
     * @return {@code w_1}
     */
    public double logitWeight() {
        return logitWeight;
    }

    /**
     * Returns the weight of the confidence from answers.
     *
     * @return {@code w_2}
     */
    public double answerWeight() {
        return answerWeight;
    }

    /**
     * Returns the bias.
     *
     * @return b
     */
    public double bias() {
        return bias;
    }

    /**
     * Returns how the fit ended.
     *
     * @return the status
     */
    public Status status() {
        return status;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "sigmoid(%.6g l + %.6g v + %.6g), %s",
                logitWeight,
                answerWeight,
                bias,
                status);
    }
}
