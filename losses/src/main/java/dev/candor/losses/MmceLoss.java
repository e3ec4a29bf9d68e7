package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import dev.candor.internal.Checks;
import dev.candor.internal.Descending;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;

/**
 * Maximum mean calibration error: the distance of correctness from confidence, averaged over all
 * pairs of samples with a kernel that compares their confidences. Made to be added to a primary
 * loss, see {@link CompositeLoss}.
 *
 * <p>With {@code k(r, s) = exp(-|r - s| / h)}, and m accurate and n inaccurate samples:
 *
 * <pre>
 *   MMCE_m^2 = (1/N^2) sum_ij (a_i - c_i)(a_j - c_j) k(c_i, c_j)
 *   MMCE_w^2 = (1/m^2)  sum_{i,j accurate}               (1 - c_i)(1 - c_j) k(c_i, c_j)
 *            + (1/n^2)  sum_{i,j inaccurate}             c_i c_j k(c_i, c_j)
 *            - (2/(mn)) sum_{i accurate, j inaccurate}   (1 - c_i) c_j k(c_i, c_j)
 *   L = sqrt(MMCE^2)
 * </pre>
 *
 * <p>{@code h > 0} is the width of the kernel (0.4). The weighted form, the default, balances
 * accurate and inaccurate samples and is zero where either is missing. The gradient flows through
 * confidence, in the factors and in the kernel; correctness carries none. Samples are sorted by
 * confidence, so that time and memory grow as {@code N log N} and {@code N}, not as the {@code N^2}
 * pairs. Labels are class indices or distributions, of which the most probable class counts. A
 * batch statistic: use 128 samples or more.
 *
 * <p>Source: Kumar, Sarawagi and Jain, <i>Trainable Calibration Measures for Neural Networks from
 * Kernel Mean Embeddings</i>, ICML 2018. The authors' code returns {@code MMCE_m^2} without the
 * root: {@code optRoot(false)}. For the weighted form it divides by the number of pairs twice,
 * which makes the loss fade with the square of the batch: {@link Form#WEIGHTED_LEGACY}.
 */
public final class MmceLoss extends LogitLoss {

    /** How pairs of samples are weighted. */
    public enum Form {
        /** All pairs alike, {@code MMCE_m}. */
        PLAIN,
        /** Accurate and inaccurate samples balanced, {@code MMCE_w}. */
        WEIGHTED,
        /** As weighted, each mean over pairs divided once more by their number. */
        WEIGHTED_LEGACY
    }

    private static final float ROOT_GUARD = 1e-10f;
    private static final float LEGACY_GUARD = 1e-5f;

    private final Form form;
    private final double width;
    private final boolean root;

    private MmceLoss(Builder builder) {
        super(builder);
        this.form = builder.form;
        this.width = builder.width;
        this.root = builder.root;
    }

    /**
     * Returns the weighted form with the root and kernel width 0.4.
     *
     * @return the loss
     */
    public static MmceLoss of() {
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
        NDArray gap = batch.masked(batch.correct().sub(confidence));
        Kernel kernel = new Kernel(confidence, width);
        if (form == Form.PLAIN) {
            NDArray size = batch.count();
            return root(kernel.form(gap.div(size)));
        }
        NDArray accurate = batch.masked(batch.correct());
        NDArray m = accurate.sum();
        NDArray n = batch.count().sub(m);
        NDArray both = m.mul(n).minimum(1);
        m = m.maximum(1);
        n = n.maximum(1);
        NDArray square;
        if (form == Form.WEIGHTED) {
            NDArray weight = accurate.div(m).add(accurate.neg().add(1).div(n));
            square = kernel.form(gap.mul(weight));
        } else {
            NDArray right = gap.mul(accurate).div(m);
            NDArray wrong = gap.sub(gap.mul(accurate)).div(n);
            NDArray amongRight = kernel.form(right);
            NDArray amongWrong = kernel.form(wrong);
            NDArray between = kernel.form(right.add(wrong)).sub(amongRight).sub(amongWrong);
            square =
                    amongRight
                            .div(m.square().add(LEGACY_GUARD))
                            .add(amongWrong.div(n.square().add(LEGACY_GUARD)))
                            .add(between.div(m.mul(n).add(LEGACY_GUARD)));
        }
        return root(square).mul(both);
    }

    private NDArray root(NDArray square) {
        // Rounding may leave a nonnegative form just below zero.
        return root ? Activation.relu(square).add(ROOT_GUARD).sqrt() : square;
    }

    /** The quadratic forms of the kernel matrix of one batch. */
    private static final class Kernel {

        private final Descending order;
        private final NDArray growth;

        Kernel(NDArray confidence, double width) {
            this.order = Descending.by(confidence);
            this.growth = Scalars.over(order.sort(confidence), width).exp();
        }

        /** {@code sum_ij x_i x_j k(c_i, c_j)}. */
        NDArray form(NDArray x) {
            NDArray sorted = order.sort(x);
            // For c_j > c_i the kernel is exp(c_i / h) exp(-c_j / h); for c_j = c_i it is 1, and
            // its subgradient 0.
            NDArray greater = order.ofGreater(Descending.sumBefore(sorted.div(growth))).mul(growth);
            NDArray before = Descending.sumBefore(sorted);
            NDArray equal = before.sub(order.ofGreater(before));
            return Scalars.times(greater.add(equal), 2).add(sorted).dot(sorted);
        }
    }

    /** Builds an {@link MmceLoss}. */
    public static final class Builder extends LogitLoss.Builder<Builder> {

        private Form form = Form.WEIGHTED;
        private double width = 0.4;
        private boolean root = true;

        private Builder() {
            super("MmceLoss");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how pairs of samples are weighted.
         *
         * @param form default {@link Form#WEIGHTED}
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        /**
         * Sets the width of the kernel.
         *
         * @param width h in {@code 0.05..}, finite, default 0.4
         * @return this builder
         */
        public Builder optWidth(double width) {
            this.width = Checks.within("width", width, 0.05, Float.MAX_VALUE);
            return this;
        }

        /**
         * Sets whether the root is taken.
         *
         * @param root default true
         * @return this builder
         */
        public Builder optRoot(boolean root) {
            this.root = root;
            return this;
        }

        /**
         * Builds the loss.
         *
         * @return the loss
         */
        public MmceLoss build() {
            return new MmceLoss(this);
        }
    }
}
