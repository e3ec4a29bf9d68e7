package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.candor.internal.Checks;
import java.util.random.RandomGenerator;

/**
 * Mixup: each sample of a batch is blended with another one, inputs and labels alike.
 *
 * <pre>
 *   x' = lambda x_i + (1 - lambda) x_j,   y' = lambda y_i + (1 - lambda) y_j
 *   lambda ~ Beta(alpha, alpha), one for each batch;   j a random order of the batch
 * </pre>
 *
 * <p>{@code alpha} above 0; 0.1 to 0.4 for calibration. The soft labels are what calibrates:
 * blending inputs alone does not help. Labels become distributions {@code [N, C]}, on which
 * cross-entropy is the blend of the two cross-entropies; they do not go well with label smoothing.
 *
 * <p>Inputs are floating-point arrays, samples along the first axis, all blended with the same
 * weight; not token ids. Further arrays of labels stay as they are.
 *
 * <p>Source: Thulasidasan et al., <i>On Mixup Training: Improved Calibration and Predictive
 * Uncertainty for Deep Neural Networks</i>, NeurIPS 2019, arXiv:1905.11001.
 */
public final class Mixup implements BatchAugmentation {

    private final double alpha;
    private final int classes;

    private Mixup(double alpha, int classes) {
        this.alpha = alpha;
        this.classes = classes;
    }

    /**
     * Returns mixup.
     *
     * @param alpha the shape of the distribution of weights, finite and above 0
     * @param classes number of classes, at least 2
     * @return mixup
     */
    public static Mixup of(double alpha, int classes) {
        return new Mixup(Checks.positive("alpha", alpha), Checks.atLeast("classes", classes, 2));
    }

    @Override
    public LabelledBatch apply(LabelledBatch batch, RandomGenerator random) {
        NDArray first = batch.data().head();
        NDManager manager = first.getManager();
        double weight = BetaDistribution.draw(alpha, random);
        try (NDManager scope = manager.newSubManager()) {
            scope.tempAttachAll(batch.data(), batch.labels());
            NDArray order = Permutation.draw(scope, first.getShape().get(0), random);
            NDList data = new NDList();
            for (NDArray input : batch.data()) {
                Checks.that(
                        input.getDataType().isFloating(),
                        "inputs have type %s, expected a floating-point type",
                        input.getDataType());
                data.add(scope.ret(blend(input, order, weight)));
            }
            NDArray targets = Targets.of(batch.labels().head(), classes);
            NDArray mixed = scope.ret(blend(targets, order, weight));
            return new LabelledBatch(data, Targets.replaceFirst(batch.labels(), mixed));
        }
    }

    private static NDArray blend(NDArray rows, NDArray order, double weight) {
        NDArray others = rows.get(order.toDevice(rows.getDevice(), false));
        return rows.mul(weight).add(others.mul(1 - weight));
    }
}
