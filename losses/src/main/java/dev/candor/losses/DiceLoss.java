package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;

/**
 * Dice losses: overlap of predicted and true classes, for data where most samples are of little
 * use.
 *
 * <pre>
 *   self-adjusting   L = (1/N) sum_i sum_k 1 - (2 q_ik y_ik + s) / (q_ik^2 + y_ik^2 + s)
 *   linear           L = (1/N) sum_i sum_k 1 - (2 q_ik y_ik + s) / (sum_i q_ik + sum_i y_ik + s)
 *   soft Dice        L = (1/K) sum_k 1 - (2 sum_i p_ik y_ik + s) / (sum_i p_ik + sum_i y_ik + s)
 *
 *   q = (1 - p)^alpha p
 * </pre>
 *
 * <p>{@code alpha >= 0} fades out samples predicted with certainty (0.01), {@code s > 0} smooths
 * (1). Labels are class indices or distributions. {@link Form#SELF_ADJUSTING} with these defaults
 * is what the authors recommend for more than two classes. {@link Form#LINEAR} is the default of
 * their code, which sets the terms of single samples against sums over the batch: not a Dice
 * coefficient, its value grows towards K, and it is here to reproduce theirs. {@link
 * Form#SOFT_DICE} is the textbook coefficient of batch sums, without alpha; it is biased on small
 * batches and, like {@link Form#LINEAR}, needs every class in the batch to tell much.
 *
 * <p>No proper scoring rule: calibration needs cross-entropy beside it or a calibrator after it.
 *
 * <p>Source: Li et al., <i>Dice Loss for Data-imbalanced NLP Tasks</i>, ACL 2020, arXiv:1911.02855;
 * soft Dice after Milletari et al., <i>V-Net</i>, 3DV 2016, arXiv:1606.04797, who square the terms
 * of the denominator.
 */
public final class DiceLoss extends LogitLoss {

    /** Over what the overlap is taken. */
    public enum Form {
        /** Each sample and class, with squares in the denominator. */
        SELF_ADJUSTING,
        /** Each sample and class, against sums over the batch. */
        LINEAR,
        /** Each class, summed over the batch. */
        SOFT_DICE
    }

    private final Form form;
    private final double alpha;
    private final double smoothing;

    private DiceLoss(Builder builder) {
        super(builder);
        this.form = builder.form;
        this.alpha = builder.alpha;
        this.smoothing = builder.smoothing;
    }

    /**
     * Returns the self-adjusting form with alpha 0.01 and smoothing 1.
     *
     * @return the loss
     */
    public static DiceLoss of() {
        return builder().build();
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
    NDArray evaluate(LogitBatch batch) {
        return switch (form) {
            case SELF_ADJUSTING -> batch.mean(selfAdjusting(batch));
            case LINEAR -> linear(batch);
            case SOFT_DICE -> softDice(batch);
        };
    }

    /**
     * The loss of each sample, with its gradient in closed form: the engine's own would take a
     * second power and keep a dozen arrays.
     */
    private NDArray selfAdjusting(LogitBatch batch) {
        NDArray y = batch.targets();
        Faded faded = Faded.of(batch.probabilities().stopGradient(), alpha);
        NDArray gap = faded.q.sub(y);
        NDArray size = faded.q.square().addi(y.square()).addi(smoothing);
        // 1 - (2 q y + s) / (q^2 + y^2 + s), without the cancellation.
        NDArray terms = gap.square().divi(size);
        NDArray rows = terms.sum(new int[] {1});
        NDArray gradient = gap.subi(terms.muli(faded.q)).muli(faded.slope).divi(size.muli(0.5));
        return Stable.withGradient(rows, batch.probabilities(), gradient);
    }

    private NDArray linear(LogitBatch batch) {
        NDArray q = alpha == 0 ? batch.probabilities() : faded(batch.probabilities());
        NDArray terms = overlap(batch, q).div(batch.count()).add(smoothing);
        return terms.div(size(batch, q)).neg().add(1).sum();
    }

    private NDArray softDice(LogitBatch batch) {
        NDArray size = size(batch, batch.probabilities());
        NDArray apart = size.sub(overlap(batch, batch.probabilities())).sub(smoothing);
        return apart.div(size).mean();
    }

    /** {@code 2 sum_i q_ik y_ik}, {@code [C]}. */
    private static NDArray overlap(LogitBatch batch, NDArray q) {
        try (NDArray products = q.mul(batch.targets())) {
            return Scalars.times(batch.masked(products).sum(new int[] {0}), 2);
        }
    }

    /** {@code sum_i q_ik + sum_i y_ik + s}, {@code [C]}. */
    private NDArray size(LogitBatch batch, NDArray q) {
        NDArray counts = batch.masked(batch.targets()).sum(new int[] {0});
        return batch.masked(q).sum(new int[] {0}).add(counts).add(smoothing);
    }

    /** {@code (1 - p)^alpha p} as a function that is linear in p about its value. */
    private NDArray faded(NDArray p) {
        Faded faded = Faded.of(p.stopGradient(), alpha);
        NDArray rest = faded.q.subi(p.stopGradient().mul(faded.slope));
        return p.mul(faded.slope).add(rest);
    }

    /** {@code q = (1 - p)^alpha p} and {@code dq/dp}, without a graph. */
    private record Faded(NDArray q, NDArray slope) {

        static Faded of(NDArray p, double alpha) {
            NDArray complement = p.neg().addi(1);
            NDArray factor = complement.pow(alpha);
            NDArray q = factor.mul(p);
            NDArray guarded = complement.addi(FocalTerms.SMALLEST_COMPLEMENT);
            return new Faded(q, factor.subi(q.mul(alpha).divi(guarded)));
        }
    }

    /** Builds a {@link DiceLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Form form = Form.SELF_ADJUSTING;
        private double alpha = 0.01;
        private double smoothing = 1;

        private Builder() {
            super("DiceLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets over what the overlap is taken.
         *
         * @param form default {@link Form#SELF_ADJUSTING}
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        /**
         * Sets how strongly certain samples fade. Not used by {@link Form#SOFT_DICE}.
         *
         * @param alpha finite and {@code >= 0}, default 0.01
         * @return this builder
         */
        public Builder optAlpha(double alpha) {
            this.alpha = Checks.nonNegative("alpha", alpha);
            return this;
        }

        /**
         * Sets the smoothing.
         *
         * @param smoothing s, finite and above 0, default 1
         * @return this builder
         */
        public Builder optSmoothing(double smoothing) {
            this.smoothing = Checks.positive("smoothing", smoothing);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public DiceLoss build() {
            return new DiceLoss(this);
        }
    }
}
