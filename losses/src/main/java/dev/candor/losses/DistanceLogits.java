package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import dev.candor.internal.Scalars;

/**
 * An output layer whose logits are negative distances to trainable class centres, in the place of a
 * linear one. Inputs far from every centre get no large logit, so uncertainty grows with distance.
 *
 * <pre>
 *   z_k = -||f - w_k||,   ||x|| = sqrt(sum_d x_d^2 + 1e-12)
 * </pre>
 *
 * <p>Features {@code f} are {@code [N, D]} or {@code [N, T, D]}, logits {@code [N, K]} or {@code
 * [N, T, K]}, at most -1e-6. The centres {@code w}, {@code [K, D]}, are the one parameter, named
 * {@code centres}, of type weight. Train with {@link DistinctionMaximizationLoss} and predict by
 * softmax, or with {@link OneVsAllDistanceLoss} and predict by {@code 2 sigmoid(z)}. Distances come
 * from one product of matrices, taken about the mean of the centres: {@code O(N K)} memory.
 *
 * <p>Source: Macêdo et al., 2019, arXiv:1908.05569; Padhy et al., <i>Revisiting One-vs-All
 * Classifiers for Predictive Uncertainty and Out-of-Distribution Detection in Neural Networks</i>,
 * 2020, arXiv:2007.05134.
 */
public final class DistanceLogits extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final double ROOT_GUARD = 1e-12;

    private final long classes;
    private final Parameter centres;

    private DistanceLogits(long classes) {
        super(VERSION);
        this.classes = classes;
        this.centres =
                addParameter(
                        Parameter.builder()
                                .setName("centres")
                                .setType(Parameter.Type.WEIGHT)
                                .build());
    }

    /**
     * Returns the layer.
     *
     * @param classes the number of classes K, at least 2
     * @return the layer, its centres not yet initialised
     */
    public static DistanceLogits of(int classes) {
        return new DistanceLogits(Checks.atLeast("classes", classes, 2));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray features = inputs.singletonOrThrow();
        NDArray points = parameterStore.getValue(centres, features.getDevice(), training);
        Shape shape = features.getShape();
        long size = points.getShape().get(1);
        Checks.that(
                shape.dimension() > 1 && shape.get(shape.dimension() - 1) == size,
                "features have shape %s, expected [N, %d] or [N, T, %d]",
                shape,
                size,
                size);
        return new NDList(
                distances(features.reshape(-1, size), points)
                        .neg()
                        .reshape(shape.slice(0, shape.dimension() - 1).add(classes)));
    }

    private static NDArray distances(NDArray features, NDArray points) {
        // Distances are the same about any origin; about this one the squares cancel least.
        NDArray origin = points.stopGradient().mean(new int[] {0});
        NDArray from = features.sub(origin);
        NDArray to = points.sub(origin);
        NDArray squares =
                from.matMul(Scalars.times(to, -2).transpose())
                        .add(to.square().sum(new int[] {1}))
                        .add(from.square().sum(new int[] {1}, true));
        return Activation.relu(squares).add(ROOT_GUARD).sqrt();
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape shape = inputShapes[0];
        return new Shape[] {shape.slice(0, shape.dimension() - 1).add(classes)};
    }

    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape shape = inputShapes[0];
        Checks.that(
                shape.dimension() > 1,
                "features have shape %s, expected [N, D] or [N, T, D]",
                shape);
        centres.setShape(new Shape(classes, shape.get(shape.dimension() - 1)));
    }
}
