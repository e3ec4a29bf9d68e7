package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import dev.candor.internal.Checks;
import java.util.random.RandomGenerator;

/**
 * Label smoothing as data: gives each class a share of each label, for any loss that takes
 * distributions.
 *
 * <pre>
 *   y' = (1 - alpha) y + alpha / C
 * </pre>
 *
 * <p>{@code alpha} in {@code 0..1}, 0.05 to 0.1 as a rule. With cross-entropy the same as {@link
 * dev.candor.losses.LabelSmoothingLoss}. Labels become {@code [N, C]}; further arrays of labels
 * stay as they are.
 *
 * <p>Source: M&uuml;ller, Kornblith and Hinton, <i>When Does Label Smoothing Help?</i>, NeurIPS
 * 2019, arXiv:1906.02629.
 */
public final class SmoothedLabels implements BatchAugmentation {

    private final double alpha;
    private final int classes;

    private SmoothedLabels(double alpha, int classes) {
        this.alpha = alpha;
        this.classes = classes;
    }

    /**
     * Returns smoothed labels.
     *
     * @param alpha the share that is spread over all classes, in {@code 0..1}
     * @param classes number of classes, at least 2
     * @return the augmentation
     */
    public static SmoothedLabels of(double alpha, int classes) {
        return new SmoothedLabels(
                Checks.within("alpha", alpha, 0, 1), Checks.atLeast("classes", classes, 2));
    }

    @Override
    public LabelledBatch apply(LabelledBatch batch, RandomGenerator random) {
        NDArray smoothed =
                Targets.of(batch.labels().head(), classes).mul(1 - alpha).add(alpha / classes);
        return new LabelledBatch(batch.data(), Targets.replaceFirst(batch.labels(), smoothed));
    }
}
