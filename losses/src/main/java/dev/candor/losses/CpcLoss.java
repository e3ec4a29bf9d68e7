package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;

/**
 * Calibration by pairwise constraints (CPC): cross-entropy plus binary problems between pairs of
 * classes. The label is to win each of its pairs, and no pair of wrong classes is to have a winner.
 *
 * <pre>
 *   L   = CE + lambda_d BDC + lambda_e BEC
 *   BDC = (1/N) sum_i 1/(K - 1) sum_{k != y} -log sigmoid(z_iy - z_ik)
 *   BEC = (1/N) sum_i 1/(2 (K - 1)(K - 2)) sum_{j != y} sum_{k != y} -log sigmoid(z_ij - z_ik)
 * </pre>
 *
 * <p>BDC is the binary discrimination constraint, with weight {@code lambda_d >= 0} (0.1), BEC the
 * binary exclusion constraint, with weight {@code lambda_e >= 0} (1). With two classes there is no
 * pair of wrong ones, and BEC is left out. BEC keeps the pairs j = k, a constant {@code ln 2 / (2
 * (K - 2))}, as the known implementation does. Labels are class indices.
 *
 * <p>Costs {@code O(N K^2)} time: not for thousands of classes. Memory stays bounded, because pairs
 * are taken in slices of the batch.
 *
 * <p>Source: Cheng and Vasconcelos, <i>Calibrating Deep Neural Networks by Pairwise
 * Constraints</i>, CVPR 2022. The authors published no code; weights and the pairs j = k follow the
 * implementation that comes with CALS, which divides by zero for two classes.
 */
public final class CpcLoss extends SampleLoss {

    private static final long PAIRS_AT_ONCE = 1 << 20;

    private final double discriminationWeight;
    private final double exclusionWeight;

    private CpcLoss(Builder builder) {
        super(builder);
        this.discriminationWeight = builder.discriminationWeight;
        this.exclusionWeight = builder.exclusionWeight;
    }

    /**
     * Returns the loss with weights 0.1 and 1.
     *
     * @return the loss
     */
    public static CpcLoss of() {
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
    NDArray rows(LogitBatch batch) {
        Checks.that(!batch.hasDistributions(), "pairwise constraints take class indices as labels");
        NDArray rows = batch.crossEntropy();
        NDArray wrong = wrongLogits(batch);
        long others = batch.classes() - 1;
        if (discriminationWeight > 0) {
            NDArray label = LogitBatch.pick(batch.logits(), batch.labels()).expandDims(1);
            NDArray lost = Stable.softPlus(wrong.sub(label)).sum(new int[] {1});
            rows = rows.add(Scalars.times(lost, discriminationWeight / others));
        }
        if (exclusionWeight > 0 && others > 1) {
            double pairs = 2.0 * others * (others - 1);
            rows = rows.add(Scalars.times(exclusion(wrong), exclusionWeight / pairs));
        }
        return rows;
    }

    /** The logits of the wrong classes, {@code [M, C - 1]}. */
    private static NDArray wrongLogits(LogitBatch batch) {
        int others = Math.toIntExact(batch.classes() - 1);
        NDArray columns = batch.manager().arange(0, others, 1, DataType.INT64);
        NDArray passed = columns.gte(batch.labels().expandDims(1));
        return batch.logits().gather(passed.toType(DataType.INT64, false).add(columns), 1);
    }

    /** {@code sum_j sum_k -log sigmoid(z_j - z_k)} of each row. */
    private static NDArray exclusion(NDArray logits) {
        long rows = logits.getShape().get(0);
        long classes = logits.getShape().get(1);
        long step = Math.max(1, PAIRS_AT_ONCE / (classes * classes));
        NDArray constant = logits.stopGradient();
        NDList values = new NDList();
        NDList slopes = new NDList();
        for (long from = 0; from < rows; from += step) {
            long to = Math.min(rows, from + step);
            try (NDManager scope = logits.getManager().newSubManager()) {
                NDArray slice = constant.get(new NDIndex().addSliceDim(from, to));
                slice.attach(scope);
                NDArray gaps = slice.expandDims(2).sub(slice.expandDims(1));
                values.add(scope.ret(Stable.softPlus(gaps).sum(new int[] {1, 2})));
                NDArray wins = Activation.sigmoid(gaps).sum(new int[] {2});
                slopes.add(scope.ret(wins.mul(2).sub(classes)));
            }
        }
        return Stable.withGradient(NDArrays.concat(values), logits, NDArrays.concat(slopes));
    }

    /** Builds a {@link CpcLoss}. */
    public static final class Builder extends SampleLoss.Builder<Builder> {

        private double discriminationWeight = 0.1;
        private double exclusionWeight = 1;

        private Builder() {
            super("CpcLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the weight of the binary discrimination constraint.
         *
         * @param discriminationWeight lambda_d, finite and {@code >= 0}, default 0.1
         * @return this builder
         */
        public Builder optDiscriminationWeight(double discriminationWeight) {
            this.discriminationWeight =
                    Checks.nonNegative("discriminationWeight", discriminationWeight);
            return this;
        }

        /**
         * Sets the weight of the binary exclusion constraint.
         *
         * @param exclusionWeight lambda_e, finite and {@code >= 0}, default 1
         * @return this builder
         */
        public Builder optExclusionWeight(double exclusionWeight) {
            this.exclusionWeight = Checks.nonNegative("exclusionWeight", exclusionWeight);
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public CpcLoss build() {
            return new CpcLoss(this);
        }
    }
}
