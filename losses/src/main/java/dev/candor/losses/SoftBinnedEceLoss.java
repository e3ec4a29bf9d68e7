package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.SoftBinning;

/**
 * Soft-binned expected calibration error: ECE with memberships of bins by degrees, so that it has a
 * gradient. Made to be added to a primary loss, see {@link CompositeLoss}.
 *
 * <p>Confidence {@code c_i} belongs to bin j, with centre {@code xi_j}, by {@code u_ij =
 * softmax_j(-(c_i - xi_j)^2 / T)}. With {@code S_j = sum_i u_ij}, {@code C_j = sum_i u_ij c_i /
 * S_j} and {@code A_j = sum_i u_ij a_i / S_j}:
 *
 * <pre>
 *   bin form           L = ( sum_j (S_j / N) |A_j - C_j|^p )^(1/p)
 *   label-binned form  L = ( (1/N) sum_i sum_j u_ij |A_j - c_i|^p )^(1/p)
 * </pre>
 *
 * <p>{@code p >= 1} is the norm (2), {@code M} the number of bins (15), {@code T > 0} the
 * temperature of the membership (0.01). The gradient flows through {@code c_i}, also inside {@code
 * u} and {@code S}; correctness carries none. The label-binned form is never smaller than the bin
 * form. {@link Membership#TRIANGULAR} interpolates between the two nearest centres instead, without
 * a temperature.
 *
 * <p>A batch statistic, biased on small batches: use 128 samples or more. Not to be used alone, for
 * a constant prediction minimises it. Centres lie in {@code [0, 1]}, or with {@link
 * Builder#optCentresFromChance} in {@code [1/K, 1]}, as confidence does.
 *
 * <p>Source: Karandikar et al., <i>Soft Calibration Objectives for Neural Networks</i>, NeurIPS
 * 2021, arXiv:2108.00106, equations 11 and 12. The paper gives the temperature by a decay factor d
 * as {@code T = 1 / (M^2 ln d)}; factors up to 1, as some ports use, would turn the membership
 * inside out and are refused. The authors' code returns the label-binned form without the root and
 * smooths memberships by 1e-5: {@code optRoot(false)}, {@code optMembershipSmoothing(1e-5)}.
 */
public final class SoftBinnedEceLoss extends LogitLoss {

    /** Which quantity is binned. */
    public enum Form {
        /** Accuracy and confidence are averaged in bins. */
        BIN,
        /** Only accuracy is averaged in bins. */
        LABEL_BINNED
    }

    /** How confidences belong to bins. */
    public enum Membership {
        /** Softmax of squared distances to the centres. */
        SOFTMAX,
        /** Linear between the two nearest centres. */
        TRIANGULAR
    }

    private static final double SMALLEST_MASS = 1e-5;
    private static final float ROOT_GUARD = 1e-12f;

    private final Form form;
    private final Membership membership;
    private final int bins;
    private final double norm;
    private final double temperature;
    private final boolean centresFromChance;
    private final boolean root;
    private final double smoothing;

    private SoftBinnedEceLoss(Builder builder) {
        super(builder);
        this.form = builder.form;
        this.membership = builder.membership;
        this.bins = builder.bins;
        this.norm = builder.norm;
        this.temperature =
                builder.decayFactor == null
                        ? builder.temperature
                        : 1 / (Math.log(builder.decayFactor) * bins * bins);
        this.centresFromChance = builder.centresFromChance;
        this.root = builder.root;
        this.smoothing = builder.smoothing;
    }

    /**
     * Returns the bin form with p = 2, 15 bins and temperature 0.01.
     *
     * @return the loss
     */
    public static SoftBinnedEceLoss of() {
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
        NDArray confidence = batch.confidence();
        NDArray correct = batch.correct();
        NDArray member = batch.masked(membership(batch, confidence));
        NDArray mass = member.sum(new int[] {0});
        NDArray divisor = Scalars.atLeast(mass, SMALLEST_MASS);
        NDArray total;
        if (form == Form.BIN) {
            NDArray gap = weightedSum(member, correct.sub(confidence)).div(divisor);
            total = power(gap.abs()).mul(mass).sum();
        } else {
            NDArray accuracy = weightedSum(member, correct).div(divisor);
            NDArray gap = accuracy.expandDims(0).sub(confidence.expandDims(1));
            total = power(gap.abs()).mul(member).sum();
        }
        NDArray value = total.div(batch.count());
        if (!root || norm == 1) {
            return value;
        }
        NDArray guarded = value.add(ROOT_GUARD);
        return norm == 2 ? guarded.sqrt() : Scalars.power(guarded, 1 / norm);
    }

    private NDArray membership(LogitBatch batch, NDArray confidence) {
        if (membership == Membership.TRIANGULAR) {
            return SoftBinning.triangular(confidence, bins);
        }
        double from = centresFromChance ? 1.0 / batch.classes() : 0;
        NDArray member = SoftBinning.membership(confidence, bins, from, temperature);
        return smoothing == 0 ? member : Scalars.times(member, 1 - smoothing).add(smoothing / bins);
    }

    private NDArray power(NDArray gap) {
        return norm == 1 ? gap : norm == 2 ? gap.square() : Scalars.power(gap, norm);
    }

    private static NDArray weightedSum(NDArray member, NDArray values) {
        return values.expandDims(0).matMul(member).squeeze(0);
    }

    /** Builds a {@link SoftBinnedEceLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Form form = Form.BIN;
        private Membership membership = Membership.SOFTMAX;
        private int bins = 15;
        private double norm = 2;
        private double temperature = 0.01;
        private Double decayFactor;
        private boolean centresFromChance;
        private boolean root = true;
        private double smoothing;

        private Builder() {
            super("SoftBinnedEceLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets which quantity is binned.
         *
         * @param form default {@link Form#BIN}
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        /**
         * Sets how confidences belong to bins.
         *
         * @param membership default {@link Membership#SOFTMAX}
         * @return this builder
         */
        public Builder optMembership(Membership membership) {
            this.membership = membership;
            return this;
        }

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets the norm p.
         *
         * @param norm at least 1, default 2
         * @return this builder
         */
        public Builder optNorm(double norm) {
            this.norm = Checks.within("norm", norm, 1, Float.MAX_VALUE);
            return this;
        }

        /**
         * Sets the temperature of the membership.
         *
         * @param temperature T, finite and above 0, default 0.01
         * @return this builder
         */
        public Builder optTemperature(double temperature) {
            this.temperature = Checks.positive("temperature", temperature);
            this.decayFactor = null;
            return this;
        }

        /**
         * Sets the temperature by the factor by which membership falls one bin away from a centre.
         *
         * @param decayFactor d, finite and above 1
         * @return this builder
         */
        public Builder optDecayFactor(double decayFactor) {
            this.decayFactor =
                    Checks.strictlyWithin("decayFactor", decayFactor, 1, Double.POSITIVE_INFINITY);
            return this;
        }

        /**
         * Sets whether centres divide {@code [1/K, 1]}, where confidences lie, rather than {@code
         * [0, 1]}. Softmax membership only.
         *
         * @param centresFromChance default false
         * @return this builder
         */
        public Builder optCentresFromChance(boolean centresFromChance) {
            this.centresFromChance = centresFromChance;
            return this;
        }

        /**
         * Sets whether the p-th root is taken.
         *
         * @param root default true
         * @return this builder
         */
        public Builder optRoot(boolean root) {
            this.root = root;
            return this;
        }

        /**
         * Sets the share of each membership that is spread evenly over the bins. Softmax membership
         * only.
         *
         * @param smoothing in {@code 0..1}, default 0
         * @return this builder
         */
        public Builder optMembershipSmoothing(double smoothing) {
            this.smoothing = Checks.within("smoothing", smoothing, 0, 1);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public SoftBinnedEceLoss build() {
            return new SoftBinnedEceLoss(this);
        }
    }
}
