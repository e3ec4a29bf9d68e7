package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.util.random.RandomGenerator;

/**
 * CutMix: a box of each image is taken from another one, and the label by the share of the area.
 *
 * <pre>
 *   box: W sqrt(1 - lambda) wide, H sqrt(1 - lambda) high, its centre anywhere, cut off at the rim
 *   x'_i = x_j inside the box, x_i outside
 *   y' = (1 - a) y_i + a y_j,   a = area of the box / (W H)
 *   lambda ~ Beta(alpha, alpha);   lambda and the box one for each batch;   j a random order
 * </pre>
 *
 * <p>{@code alpha} above 0, 1 is usual. Images are {@code [N, channels, H, W]}; labels become
 * distributions {@code [N, C]}. Further arrays of labels stay as they are.
 *
 * <p>Source: Yun et al., <i>CutMix: Regularization Strategy to Train Strong Classifiers with
 * Localizable Features</i>, ICCV 2019, arXiv:1905.04899.
 */
public final class CutMix implements BatchAugmentation {

    private final double alpha;
    private final int classes;

    private CutMix(double alpha, int classes) {
        this.alpha = alpha;
        this.classes = classes;
    }

    /**
     * Returns CutMix with alpha 1.
     *
     * @param classes number of classes, at least 2
     * @return CutMix
     */
    public static CutMix of(int classes) {
        return of(1, classes);
    }

    /**
     * Returns CutMix.
     *
     * @param alpha the shape of the distribution of areas, finite and above 0
     * @param classes number of classes, at least 2
     * @return CutMix
     */
    public static CutMix of(double alpha, int classes) {
        return new CutMix(Checks.positive("alpha", alpha), Checks.atLeast("classes", classes, 2));
    }

    @Override
    public LabelledBatch apply(LabelledBatch batch, RandomGenerator random) {
        NDArray images = batch.data().singletonOrThrow();
        Shape shape = images.getShape();
        Checks.that(
                shape.dimension() == 4,
                "images have shape %s, expected [N, channels, H, W]",
                shape);
        double side = Math.sqrt(1 - BetaDistribution.draw(alpha, random));
        long[] rows = span(shape.get(2), side, random);
        long[] columns = span(shape.get(3), side, random);
        double area =
                (double) ((rows[1] - rows[0]) * (columns[1] - columns[0]))
                        / (shape.get(2) * shape.get(3));
        try (NDManager scope = images.getManager().newSubManager()) {
            scope.tempAttachAll(batch.data(), batch.labels());
            NDArray order =
                    Permutation.draw(scope, shape.get(0), random)
                            .toDevice(images.getDevice(), false);
            NDArray mixed = images.duplicate();
            if (area > 0) {
                NDIndex box =
                        new NDIndex()
                                .addAllDim(2)
                                .addSliceDim(rows[0], rows[1])
                                .addSliceDim(columns[0], columns[1]);
                mixed.set(box, images.get(box).get(order));
            }
            NDArray targets = Targets.of(batch.labels().head(), classes);
            NDArray blended = targets.mul(1 - area).add(targets.get(order).mul(area));
            scope.ret(mixed);
            scope.ret(blended);
            return new LabelledBatch(
                    new NDList(mixed), Targets.replaceFirst(batch.labels(), blended));
        }
    }

    /** From where to where the box reaches along an axis. */
    private static long[] span(long length, double side, RandomGenerator random) {
        long half = (long) (length * side) / 2;
        long centre = random.nextLong(length);
        return new long[] {Math.max(0, centre - half), Math.min(length, centre + half)};
    }
}
