package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import dev.candor.internal.FocalTerms;
import dev.candor.internal.LogitBatch;
import java.util.Arrays;

/**
 * AdaFocal: focal or inverse focal loss, whichever the calibration on the validation set asks for
 * at the probability of the label.
 *
 * <pre>
 *   L = (1/N) sum_i  -(1 - p_y)^gamma log p_y      if gamma = gamma_b(p_y) &gt;= 0
 *                    -(1 + p_y)^|gamma| log p_y    if gamma &lt; 0
 * </pre>
 *
 * <p>{@code gamma_b} is the gamma of the bin that holds {@code p_y}; it carries no gradient. It
 * starts at 1 in 15 bins of equal width and stays there until {@link #update}, which is to be
 * called after each epoch:
 *
 * <pre>{@code
 * loss.update(loss.gammas().updated(validationConfidences, validationCorrect));
 * }</pre>
 *
 * <p>Labels are class indices. Safe for use by several threads: a batch takes the gammas as they
 * are when it is evaluated. The validation set takes part in training and cannot measure it.
 *
 * <p>Source: Ghosh et al., <i>AdaFocal: Calibration-aware Adaptive Focal Loss</i>, NeurIPS 2022,
 * arXiv:2211.11838. The authors' code sums over samples where the mean is taken here.
 */
public final class AdaFocalLoss extends LogitLoss {

    private volatile AdaFocalGammas gammas;

    private AdaFocalLoss(Builder builder) {
        super(builder);
        this.gammas = builder.gammas;
    }

    /**
     * Returns the loss with 15 bins.
     *
     * @return the loss
     */
    public static AdaFocalLoss of() {
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

    /**
     * Sets the gammas of the batches to come.
     *
     * @param gammas the gammas
     */
    public void update(AdaFocalGammas gammas) {
        this.gammas = gammas;
    }

    /**
     * Returns the gammas in force.
     *
     * @return the gammas
     */
    public AdaFocalGammas gammas() {
        return gammas;
    }

    @Override
    NDArray evaluate(LogitBatch batch) {
        Checks.that(!batch.hasDistributions(), "AdaFocal takes class indices as labels");
        AdaFocalGammas current = gammas;
        double[] values = current.gammas();
        double[] inner = Arrays.copyOfRange(current.edges(), 1, current.bins());
        double[] strength = Arrays.stream(values).map(Math::abs).toArray();
        double[] inverse = Arrays.stream(values).map(gamma -> gamma < 0 ? 2 : 0).toArray();

        NDArray logProbability = batch.labelLogProbabilities();
        NDArray probability = logProbability.exp();
        NDArray bin = probability.gte(batch.constants(inner).expandDims(1)).sum(new int[] {0});
        NDArray base =
                FocalTerms.complement(logProbability, strength)
                        .add(probability.mul(batch.constants(inverse).gather(bin, 0)));
        NDArray factor = base.pow(batch.constants(strength).gather(bin, 0));
        return batch.mean(factor.mul(logProbability).neg());
    }

    /** Builds an {@link AdaFocalLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private AdaFocalGammas gammas = AdaFocalGammas.of(15);

        private Builder() {
            super("AdaFocalLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the gammas to start from.
         *
         * @param gammas default 1 in 15 bins of equal width
         * @return this builder
         */
        public Builder optGammas(AdaFocalGammas gammas) {
            this.gammas = gammas;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public AdaFocalLoss build() {
            return new AdaFocalLoss(this);
        }
    }
}
