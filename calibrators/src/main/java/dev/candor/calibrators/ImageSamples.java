package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.Validation;
import java.util.Random;

/**
 * Images of logits, checked. Pixels with the ignored label have no weight.
 *
 * @param scope a manager on the device of the logits
 * @param logits {@code [N, C, H, W]}
 * @param images {@code [N, I, H, W]}, or null
 * @param labels {@code [N, H, W]}
 * @param weights {@code [N, H, W]}, or null
 * @param ignored the label of pixels that do not count
 */
record ImageSamples(
        NDManager scope,
        NDArray logits,
        NDArray images,
        NDArray labels,
        NDArray weights,
        long ignored)
        implements Samples {

    ImageSamples {
        Shape shape = logits.getShape();
        for (long i = 0; i < shape.get(0); i++) {
            NDIndex image = new NDIndex(i);
            try (NDManager manager = scope.newSubManager()) {
                double largest =
                        logits.get(manager, image)
                                .abs()
                                .max()
                                .toType(DataType.FLOAT64, false)
                                .getDouble();
                Checks.that(Double.isFinite(largest), "logits[%d] holds NaN or infinity", i);
                long pixels = shape.get(2) * shape.get(3);
                Validation.indices(
                        labels.get(manager, image).flatten(), shape.get(1), ignored, i * pixels);
                if (weights != null) {
                    double least =
                            weights.get(manager, image)
                                    .min()
                                    .toType(DataType.FLOAT64, false)
                                    .getDouble();
                    Checks.nonNegative("least of weights[" + i + "]", least);
                }
            }
        }
    }

    @Override
    public int size() {
        return Math.toIntExact(logits.getShape().get(0));
    }

    @Override
    public long rows() {
        return labels.size();
    }

    @Override
    public DataType type() {
        return Samples.trainingType(logits.getDataType());
    }

    @Override
    public int[] shuffled(long seed) {
        int[] order = new int[size()];
        Random random = new Random(seed);
        for (int i = 1; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    @Override
    public Batch batch(NDManager manager, NDArray places) {
        NDIndex index = new NDIndex("{}", places);
        NDArray chosen = labels.get(manager, index).flatten();
        return new Batch(
                logits.get(manager, index).toType(type(), false),
                images == null ? null : images.get(manager, index).toType(type(), false),
                classesOf(chosen),
                weightsOf(chosen, weights == null ? null : weights.get(manager, index).flatten()));
    }

    /** Some pixels of each image, at the same places, as rows. */
    Batch pixels(NDManager manager, long ofEach) {
        Shape shape = logits.getShape();
        long all = shape.get(2) * shape.get(3);
        NDIndex spaced = new NDIndex(":").addSliceDim(0, all, Math.max(1, all / ofEach));
        NDIndex rows = new NDIndex(":, :").addSliceDim(0, all, Math.max(1, all / ofEach));
        NDArray some = logits.reshape(shape.get(0), shape.get(1), all).get(manager, rows);
        NDArray chosen = labels.reshape(shape.get(0), all).get(manager, spaced).flatten();
        NDArray masses =
                weights == null
                        ? null
                        : weights.reshape(shape.get(0), all).get(manager, spaced).flatten();
        return new Batch(
                some.transpose(0, 2, 1).reshape(-1, shape.get(1)),
                null,
                classesOf(chosen),
                weightsOf(chosen, masses));
    }

    private NDArray classesOf(NDArray chosen) {
        return chosen.mul(chosen.neq(ignored).toType(chosen.getDataType(), false))
                .toType(DataType.INT64, false);
    }

    private NDArray weightsOf(NDArray chosen, NDArray masses) {
        NDArray counted = chosen.neq(ignored).toType(type(), false);
        return masses == null ? counted : counted.mul(masses.toType(type(), false));
    }
}
