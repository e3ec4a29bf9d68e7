package dev.candor.language;

import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Low-rank adapters (LoRA): the pretrained matrices stay, and a product of two narrow ones is
 * learnt beside each.
 *
 * <pre>
 *   y = W x + (alpha / r) B A x,   A [r, in], B [out, r]
 * </pre>
 *
 * <p>{@code r >= 1} is the rank (8), {@code alpha > 0} the strength (16). {@code A} starts as
 * normal noise of variance {@code 1 / in}, {@code B} as zero, so that the network begins as it was;
 * the authors' code draws {@code A} from a uniform distribution instead. When training ends {@code
 * (alpha / r) B A} is added to {@code W}, and the network is as large and as fast as before.
 *
 * <p>Source: Hu et al., <i>LoRA: Low-Rank Adaptation of Large Language Models</i>, ICLR 2022,
 * arXiv:2106.09685, which adapts the matrices of queries and values, the default here.
 */
public final class LowRankAdaptation {

    private final int rank;
    private final double alpha;
    private final Set<WeightMatrix> matrices;

    private LowRankAdaptation(Builder builder) {
        this.rank = builder.rank;
        this.alpha = builder.alpha;
        this.matrices = EnumSet.copyOf(builder.matrices);
    }

    /**
     * Returns adapters of the given rank, with alpha 16 at the matrices of queries and values.
     *
     * @param rank r, at least 1
     * @return the adapters
     */
    public static LowRankAdaptation of(int rank) {
        return builder().optRank(rank).build();
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
     * Returns the rank.
     *
     * @return r, at least 1
     */
    public int rank() {
        return rank;
    }

    /**
     * Returns the strength.
     *
     * @return alpha, above 0
     */
    public double alpha() {
        return alpha;
    }

    /**
     * Returns the matrices that are adapted.
     *
     * @return the matrices, at least one
     */
    public Set<WeightMatrix> matrices() {
        return Set.copyOf(matrices);
    }

    /** Builds a {@link LowRankAdaptation}. */
    public static final class Builder {

        private int rank = 8;
        private double alpha = 16;
        private List<WeightMatrix> matrices = List.of(WeightMatrix.QUERY, WeightMatrix.VALUE);

        private Builder() {}

        /**
         * Sets the rank.
         *
         * @param rank r, at least 1, default 8
         * @return this builder
         */
        public Builder optRank(int rank) {
            this.rank = Checks.atLeast("rank", rank, 1);
            return this;
        }

        /**
         * Sets the strength.
         *
         * @param alpha finite and above 0, default 16
         * @return this builder
         */
        public Builder optAlpha(double alpha) {
            this.alpha = Checks.positive("alpha", alpha);
            return this;
        }

        /**
         * Sets which matrices of each layer are adapted.
         *
         * @param matrices at least one; default those of queries and values
         * @return this builder
         */
        public Builder optMatrices(WeightMatrix... matrices) {
            Checks.that(matrices.length > 0, "no matrices, expected at least one to adapt");
            this.matrices = Arrays.asList(matrices.clone());
            return this;
        }

        /**
         * Builds the adapters.
         *
         * @return the adapters
         */
        public LowRankAdaptation build() {
            return new LowRankAdaptation(this);
        }
    }
}
