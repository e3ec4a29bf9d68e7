package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import java.util.Arrays;

/**
 * Accuracy versus uncertainty calibration: samples should be certain where they are accurate and
 * uncertain where they are not. Made to be added to a primary loss, see {@link CompositeLoss}.
 *
 * <p>Uncertainty {@code u_i} is the entropy {@code H_i} in nats, or with {@link
 * Builder#optMutualInformation} the mutual information of several stochastic predictions; a sample
 * is certain when {@code u_i <= u_th}. The samples are summed in four groups, accurate or
 * inaccurate, certain or uncertain:
 *
 * <pre>
 *   n_AC = sum c_i (1 - tanh u_i)        n_AU = sum c_i tanh u_i
 *   n_IC = sum (1 - c_i)(1 - tanh u_i)   n_IU = sum (1 - c_i) tanh u_i
 *   L = log( 1 + (n_AU + n_IC) / (n_AC + n_IU) )
 * </pre>
 *
 * <p>The threshold {@code u_th >= 0} is fixed, or estimated on validation data in the first epochs
 * and then frozen: {@code u_th = (mean u of accurate samples + mean u of inaccurate ones) / 2}. A
 * listener feeds the running threshold: {@link #observe} for each validation batch, {@link
 * #updateThreshold} after the last one. Both may be called while other threads evaluate the loss.
 *
 * <p>The threshold test has no gradient; with {@link Builder#optStopConfidenceGradient} confidence
 * has none either, which keeps the loss from lowering the confidence of inaccurate samples
 * directly. Labels are class indices or distributions, of which the most probable class counts. A
 * batch statistic: use 128 samples or more.
 *
 * <p>Source: Krishnan and Tickoo, <i>Improving Model Calibration with Accuracy versus Uncertainty
 * Optimization</i>, NeurIPS 2020, arXiv:2012.07923. The authors' scripts weigh the loss by 3, start
 * at a threshold of 1 and estimate it in the first five epochs. A later implementation by the
 * authors of soft AvUC mixes a uniform share of 1e-5 into probabilities: {@code
 * optSmoothing(1e-5)}.
 */
public final class AvucLoss extends AccuracyVersusUncertaintyLoss {

    /** Bounds the ratio when no certainty agrees with correctness. */
    static final double SMALLEST_WEIGHT = 1e-5;

    private final int thresholdEpochs;
    private final double[] sums = new double[4];
    private int updates;
    private volatile double threshold;

    private AvucLoss(Builder builder) {
        super(builder);
        this.threshold = builder.threshold;
        this.thresholdEpochs = builder.thresholdEpochs;
    }

    /**
     * Returns the loss with entropy as uncertainty and a running threshold that starts at 1 and
     * freezes after five updates. As long as nothing feeds it, the threshold is 1.
     *
     * @return the loss
     */
    public static AvucLoss of() {
        return builder().build();
    }

    /**
     * Returns the loss with entropy as uncertainty and a fixed threshold.
     *
     * @param threshold uncertainty in nats up to which a sample is certain, {@code >= 0}
     * @return the loss
     */
    public static AvucLoss of(double threshold) {
        return builder().optThreshold(threshold).optThresholdEpochs(0).build();
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
        NDArray bound = batch.manager().create(threshold);
        Weights weights = weigh(evidence(batch), bound);
        NDArray disagreeing = weights.all().sub(weights.agreeing());
        return disagreeing
                .div(Scalars.atLeast(weights.agreeing(), SMALLEST_WEIGHT))
                .add(1)
                .log()
                .squeeze(0);
    }

    /**
     * Takes the uncertainties of one validation batch into the running threshold. Reads four
     * numbers from the device. Does nothing once the threshold is frozen.
     *
     * @param labels one array, as for {@link #evaluate(NDList, NDList)}
     * @param predictions one array, as for {@link #evaluate(NDList, NDList)}
     */
    public void observe(NDList labels, NDList predictions) {
        if (isThresholdFrozen()) {
            return;
        }
        double[] batchSums;
        try (NDManager scope = predictions.head().getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            Evidence evidence = evidence(batch(labels, predictions));
            NDArray right = evidence.correct();
            NDArray wrong = right.neg().add(1);
            if (evidence.mask() != null) {
                right = right.mul(evidence.mask());
                wrong = wrong.mul(evidence.mask());
            }
            NDArray uncertainty = evidence.uncertainty();
            batchSums =
                    NDArrays.stack(
                                    new NDList(
                                            uncertainty.mul(right).sum(),
                                            right.sum(),
                                            uncertainty.mul(wrong).sum(),
                                            wrong.sum()))
                            .toType(DataType.FLOAT64, false)
                            .toDoubleArray();
        }
        synchronized (sums) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += batchSums[i];
            }
        }
    }

    /**
     * Sets the running threshold from the batches observed since the last update. Without an
     * accurate or without an inaccurate sample among them it stays as it is. Does nothing once the
     * threshold is frozen.
     */
    public void updateThreshold() {
        synchronized (sums) {
            if (isThresholdFrozen()) {
                return;
            }
            if (sums[1] > 0 && sums[3] > 0) {
                threshold = (sums[0] / sums[1] + sums[2] / sums[3]) / 2;
            }
            Arrays.fill(sums, 0);
            updates++;
        }
    }

    /**
     * Goes on where an earlier run left.
     *
     * @param threshold what {@link #threshold()} returned in the earlier run, {@code >= 0}
     * @param updates what {@link #thresholdUpdates()} returned in the earlier run, at least 0
     */
    public void resumeAt(double threshold, int updates) {
        Checks.nonNegative("threshold", threshold);
        Checks.atLeast("updates", updates, 0);
        synchronized (sums) {
            this.threshold = threshold;
            this.updates = updates;
            Arrays.fill(sums, 0);
        }
    }

    /**
     * Returns how often the running threshold was set.
     *
     * @return at least 0
     */
    public int thresholdUpdates() {
        synchronized (sums) {
            return updates;
        }
    }

    /**
     * Returns the threshold now in force.
     *
     * @return uncertainty in nats
     */
    public double threshold() {
        return threshold;
    }

    /**
     * Returns whether the threshold no longer follows what is observed.
     *
     * @return true for a fixed threshold and after the last epoch of a running one
     */
    public boolean isThresholdFrozen() {
        synchronized (sums) {
            return updates >= thresholdEpochs;
        }
    }

    /** Builds an {@link AvucLoss}. */
    public static final class Builder extends AccuracyVersusUncertaintyLoss.Builder<Builder> {

        private double threshold = 1;
        private int thresholdEpochs = 5;

        private Builder() {
            super("AvucLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the threshold, or where a running one starts.
         *
         * @param threshold uncertainty in nats, {@code >= 0}, default 1
         * @return this builder
         */
        public Builder optThreshold(double threshold) {
            this.threshold = Checks.nonNegative("threshold", threshold);
            return this;
        }

        /**
         * Sets after how many updates the running threshold freezes.
         *
         * @param epochs at least 0, default 5; 0 fixes the threshold
         * @return this builder
         */
        public Builder optThresholdEpochs(int epochs) {
            this.thresholdEpochs = Checks.atLeast("epochs", epochs, 0);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public AvucLoss build() {
            return new AvucLoss(this);
        }
    }
}
