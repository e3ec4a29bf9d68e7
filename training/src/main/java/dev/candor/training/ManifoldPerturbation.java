package dev.candor.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import dev.candor.internal.Checks;
import dev.candor.losses.CrossEntropyLoss;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Embeddings moved along the data manifold and away from it, for {@link
 * dev.candor.losses.OnManifoldLoss} and {@link dev.candor.losses.OffManifoldLoss}.
 *
 * <pre>
 *   on:   e0 = e + U(-d_x, d_x),   e' = P_x( e0 - d_x sign grad_{e0} D(h(e0), h(e~)) )
 *         D = (1/N) sum_i max(0, 1 - cos(h(e0)_i, h(e~)_i))
 *   off:  e'' = P_off( e + d_off sign grad_e CE(f(e), y) )
 * </pre>
 *
 * <p>{@code e~} is the batch in reverse, in which each sample has its partner; {@code h} a
 * representation {@code [N, H]}, such as the mean of the last hidden layer, constant for the
 * partner; {@code f} the logits; {@code P} projects on the cube of half width {@code d} around
 * {@code e}. {@code d_x > 0} (1e-4), {@code d_off > 0} (1e-3).
 *
 * <p>{@code h} and {@code f} are to be evaluated without dropout, by {@code trainer.evaluate} of a
 * part of the network for example. One step each; what is returned has no graph. The parameters of
 * the trainer keep their gradients as they are. A training step, with the head of a network from
 * embeddings to logits as the trainer's model:
 *
 * <pre>{@code
 * ManifoldPerturbation perturbation = ManifoldPerturbation.of();
 * NDArray on = perturbation.onManifold(trainer, e, x -> hidden(x));
 * NDArray off = perturbation.offManifold(trainer, e, labels, x -> logits(x));
 * try (GradientCollector collector = trainer.newGradientCollector()) {
 *     NDArray loss = trainer.getLoss().evaluate(labels, trainer.forward(new NDList(e)));
 *     loss = loss.add(onLoss.evaluate(labels, trainer.forward(new NDList(on))));
 *     loss = loss.add(offLoss.evaluate(labels, trainer.forward(new NDList(off))));
 *     collector.backward(loss);
 * }
 * trainer.step();
 * }</pre>
 *
 * <p>Source: Kong et al., <i>Calibrated Language Model Fine-Tuning for In- and Out-of-Distribution
 * Data</i>, EMNLP 2020, arXiv:2010.11506.
 */
public final class ManifoldPerturbation {

    /** Keeps the cosine finite where a representation vanishes. */
    private static final double SMALLEST_SQUARE = 1e-12;

    private final double onRadius;
    private final double offRadius;

    private ManifoldPerturbation(double onRadius, double offRadius) {
        this.onRadius = onRadius;
        this.offRadius = offRadius;
    }

    /**
     * Returns steps of 1e-4 along the manifold and 1e-3 away from it.
     *
     * @return the perturbation
     */
    public static ManifoldPerturbation of() {
        return of(1e-4, 1e-3);
    }

    /**
     * Returns steps of the given size.
     *
     * @param onRadius d_x, finite and above 0
     * @param offRadius d_off, finite and above 0
     * @return the perturbation
     */
    public static ManifoldPerturbation of(double onRadius, double offRadius) {
        return new ManifoldPerturbation(
                Checks.positive("onRadius", onRadius), Checks.positive("offRadius", offRadius));
    }

    /**
     * Moves embeddings towards those of their partners.
     *
     * @param trainer the trainer whose parameters {@code representation} uses
     * @param embeddings {@code [N, ...]}, a floating-point type
     * @param representation from embeddings to {@code [N, H]}
     * @return as the embeddings, and of their manager
     */
    public NDArray onManifold(
            Trainer trainer, NDArray embeddings, UnaryOperator<NDArray> representation) {
        try (NDManager scope = embeddings.getManager().newSubManager()) {
            NDArray centre = scoped(embeddings, scope);
            NDArray partner = scoped(representation.apply(centre.flip(0)), scope);
            NDArray noise =
                    scope.randomUniform(
                            (float) -onRadius,
                            (float) onRadius,
                            embeddings.getShape(),
                            embeddings.getDataType());
            NDArray start = centre.add(noise);
            NDArray direction =
                    signOfGradient(
                            trainer,
                            start,
                            moved -> cosineDistance(representation.apply(moved), partner));
            return projected(start.sub(direction.mul(onRadius)), centre, onRadius, scope);
        }
    }

    /**
     * Moves embeddings to where their labels are less probable.
     *
     * @param trainer the trainer whose parameters {@code logits} uses
     * @param embeddings {@code [N, ...]}, a floating-point type
     * @param labels class indices or distributions
     * @param logits from embeddings to {@code [N, C]}
     * @return as the embeddings, and of their manager
     */
    public NDArray offManifold(
            Trainer trainer, NDArray embeddings, NDArray labels, UnaryOperator<NDArray> logits) {
        try (NDManager scope = embeddings.getManager().newSubManager()) {
            NDArray centre = scoped(embeddings, scope);
            NDArray direction =
                    signOfGradient(
                            trainer,
                            centre,
                            moved ->
                                    CrossEntropyLoss.of()
                                            .evaluate(
                                                    new NDList(labels),
                                                    new NDList(logits.apply(moved))));
            return projected(centre.add(direction.mul(offRadius)), centre, offRadius, scope);
        }
    }

    private static NDArray scoped(NDArray array, NDManager scope) {
        NDArray constant = array.stopGradient();
        constant.attach(scope);
        return constant;
    }

    private static NDArray signOfGradient(
            Trainer trainer, NDArray from, UnaryOperator<NDArray> objective) {
        NDArray leaf = from.duplicate();
        List<NDArray> trained =
                TrainerParameters.of(trainer).mirrors().stream()
                        .flatMap(values -> values.values().stream())
                        .filter(NDArray::hasGradient)
                        .toList();
        trained.forEach(parameter -> parameter.setRequiresGradient(false));
        try {
            leaf.setRequiresGradient(true);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                collector.backward(objective.apply(leaf));
            }
            return leaf.getGradient().sign();
        } finally {
            trained.forEach(parameter -> parameter.setRequiresGradient(true));
        }
    }

    private static NDArray cosineDistance(NDArray moved, NDArray partner) {
        Shape shape = moved.getShape();
        Checks.that(
                shape.dimension() == 2, "representations have shape %s, expected [N, H]", shape);
        NDArray product = moved.mul(partner).sum(new int[] {1});
        NDArray norms =
                moved.square()
                        .sum(new int[] {1})
                        .add(SMALLEST_SQUARE)
                        .mul(partner.square().sum(new int[] {1}).add(SMALLEST_SQUARE))
                        .sqrt();
        return Activation.relu(product.div(norms).neg().add(1)).mean();
    }

    private static NDArray projected(
            NDArray moved, NDArray centre, double radius, NDManager scope) {
        NDArray step = moved.sub(centre).clip(-radius, radius);
        return scope.ret(centre.add(step).stopGradient());
    }
}
