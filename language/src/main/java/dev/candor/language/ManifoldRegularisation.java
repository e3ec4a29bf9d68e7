package dev.candor.language;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Scalars;
import dev.candor.losses.OffManifoldLoss;
import dev.candor.losses.OnManifoldLoss;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * On- and off-manifold regularisation of a {@link FineTuning}: beside the texts, the network learns
 * from embeddings moved between texts, and from embeddings pushed away from them.
 *
 * <pre>
 *   L = L_primary + w_on L_on(f(e'), y) + w_off L_off(f(e''))
 *   e'  = clip(e_0 - d_on sign grad D(h(e_0), h(e~)), e +- d_on),   e_0 = e + uniform(-d_on, d_on)
 *   e'' = clip(e + d_off sign grad CE(f(e), y), e +- d_off)
 *   D   = (1/N) sum_i max(0, 1 - cos(h(e_0i), h(e~_i)))
 * </pre>
 *
 * <p>{@code e} are the embeddings of the tokens, {@code e~} those of the partner, the text at the
 * same place in the reversed batch, {@code h} the mean state and {@code f} the logits. The weights
 * are 1, the radii {@code d_on} 1e-4 and {@code d_off} 1e-3; the label of the partner gets a share
 * of 0.1. See {@link OnManifoldLoss} and {@link OffManifoldLoss}. The steps are made without
 * dropout, and neither they nor the partner carry a gradient. An epoch takes about three times as
 * long with one of the two, and five times with both.
 *
 * <p>Where the head alone is trained, {@code e} is the mean state itself, and {@code h} the
 * identity: an adaptation of ours, for then no gradient need go through the encoder. Radii are in
 * the units of what is moved.
 *
 * <p>Source: Kong et al., <i>Calibrated Language Model Fine-Tuning for In- and Out-of-Distribution
 * Data</i>, EMNLP 2020, arXiv:2010.11506. The authors' code averages states over padding too, and
 * looks at the partner through the mask of the text; here each text has its own mask.
 */
public final class ManifoldRegularisation {

    private final double onWeight;
    private final double offWeight;
    private final double onRadius;
    private final double offRadius;
    private final double labelShare;

    private ManifoldRegularisation(Builder builder) {
        this.onWeight = builder.onWeight;
        this.offWeight = builder.offWeight;
        this.onRadius = builder.onRadius;
        this.offRadius = builder.offRadius;
        this.labelShare = builder.labelShare;
    }

    /**
     * Returns both regularisers with weight 1.
     *
     * @return the regularisation
     */
    public static ManifoldRegularisation of() {
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

    /** The loss of one batch of perturbations; makes them, and so needs that none collects. */
    Perturbed perturb(TextClassifier network, NDManager manager, NDList data, NDArray labels) {
        List<Parameter> trained =
                network.getParameters().values().stream()
                        .filter(Parameter::requiresGradient)
                        .toList();
        // The step needs gradients of embeddings alone; those of parameters would add up.
        trained.forEach(parameter -> parameter.getArray().setRequiresGradient(false));
        try {
            ParameterStore store = new ParameterStore(manager, false);
            NDArray embedded = network.embed(store, data).stopGradient();
            NDList others = data.subNDList(1);
            return new Perturbed(
                    onWeight > 0 ? between(network, store, embedded, others) : null,
                    offWeight > 0 ? away(network, store, embedded, others, labels) : null,
                    others);
        } finally {
            trained.forEach(parameter -> parameter.getArray().setRequiresGradient(true));
        }
    }

    private NDArray between(
            TextClassifier network, ParameterStore store, NDArray embedded, NDList others) {
        NDArray partner =
                network.represent(store, inputs(embedded, others), false).flip(0).stopGradient();
        float radius = (float) onRadius;
        NDArray start =
                embedded.add(
                        embedded.getManager().randomUniform(-radius, radius, embedded.getShape()));
        start.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray state = network.represent(store, inputs(start, others), false);
            collector.backward(distance(state, partner));
        }
        NDArray moved = start.stopGradient().sub(sign(start).mul(radius));
        return embedded.add(moved.sub(embedded).clip(-radius, radius));
    }

    /** The mean cosine distance of rows. */
    static NDArray distance(NDArray left, NDArray right) {
        int[] axis = {1};
        NDArray norms = left.square().sum(axis).mul(right.square().sum(axis)).sqrt();
        NDArray cosines = left.mul(right).sum(axis).div(Scalars.atLeast(norms, Float.MIN_NORMAL));
        return Scalars.atLeast(cosines.neg().add(1), 0).mean();
    }

    private NDArray away(
            TextClassifier network,
            ParameterStore store,
            NDArray embedded,
            NDList others,
            NDArray labels) {
        NDArray start = embedded.duplicate();
        start.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray logits = network.forward(store, inputs(start, others), false).head();
            LogitBatch batch = LogitBatch.of(labels, logits, null, false);
            collector.backward(batch.mean(batch.crossEntropy()));
        }
        return embedded.add(sign(start).mul((float) offRadius));
    }

    private static NDArray sign(NDArray array) {
        return array.getGradient().sign();
    }

    private static NDList inputs(NDArray embedded, NDList others) {
        return new NDList(embedded).addAll(others);
    }

    /** What moved embeddings add to the loss. */
    final class Perturbed {

        private final NDArray between;
        private final NDArray away;
        private final NDList others;

        private Perturbed(NDArray between, NDArray away, NDList others) {
            this.between = between;
            this.away = away;
            this.others = others;
        }

        NDArray between() {
            return between;
        }

        NDArray away() {
            return away;
        }

        /** The primary loss plus the regularisers, by a pass of the network over each. */
        NDArray addTo(NDArray loss, UnaryOperator<NDList> network, NDList labels) {
            NDArray total = loss;
            if (between != null) {
                NDArray on =
                        OnManifoldLoss.of(labelShare)
                                .evaluate(labels, network.apply(inputs(between, others)));
                total = total.add(Scalars.times(on, onWeight));
            }
            if (away != null) {
                NDArray off =
                        OffManifoldLoss.of().evaluate(labels, network.apply(inputs(away, others)));
                total = total.add(Scalars.times(off, offWeight));
            }
            return total;
        }
    }

    /** Builds a {@link ManifoldRegularisation}. */
    public static final class Builder {

        private double onWeight = 1;
        private double offWeight = 1;
        private double onRadius = 1e-4;
        private double offRadius = 1e-3;
        private double labelShare = 0.1;

        private Builder() {}

        /**
         * Sets the weight of the on-manifold regulariser.
         *
         * @param onWeight finite and {@code >= 0}, default 1; 0 leaves it out
         * @return this builder
         */
        public Builder optOnWeight(double onWeight) {
            this.onWeight = Checks.nonNegative("onWeight", onWeight);
            return this;
        }

        /**
         * Sets the weight of the off-manifold regulariser.
         *
         * @param offWeight finite and {@code >= 0}, default 1; 0 leaves it out
         * @return this builder
         */
        public Builder optOffWeight(double offWeight) {
            this.offWeight = Checks.nonNegative("offWeight", offWeight);
            return this;
        }

        /**
         * Sets how far embeddings move towards their partner.
         *
         * @param onRadius finite and above 0, default 1e-4
         * @return this builder
         */
        public Builder optOnRadius(double onRadius) {
            this.onRadius = Checks.positive("onRadius", onRadius);
            return this;
        }

        /**
         * Sets how far embeddings move away from the texts.
         *
         * @param offRadius finite and above 0, default 1e-3
         * @return this builder
         */
        public Builder optOffRadius(double offRadius) {
            this.offRadius = Checks.positive("offRadius", offRadius);
            return this;
        }

        /**
         * Sets the share of the partner's label.
         *
         * @param labelShare in {@code 0..1}, default 0.1
         * @return this builder
         */
        public Builder optLabelShare(double labelShare) {
            this.labelShare = Checks.within("labelShare", labelShare, 0, 1);
            return this;
        }

        /**
         * Builds the regularisation.
         *
         * @return the regularisation
         */
        public ManifoldRegularisation build() {
            return new ManifoldRegularisation(this);
        }
    }
}
