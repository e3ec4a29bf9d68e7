package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.Cholesky;
import dev.candor.internal.Checks;
import java.util.Arrays;

/**
 * Mahalanobis distance of features to the nearest class, with its sign turned.
 *
 * <pre>
 *   s(f) = max_c -(f - mu_c)' Sigma^-1 (f - mu_c)
 *   mu_c  mean of the features of class c
 *   Sigma = (1/N) sum_i (f_i - mu_{y_i}) (f_i - mu_{y_i})'
 * </pre>
 *
 * <p>Takes features {@code f}, {@code [N, D]}, such as the input of the last linear layer. Fitted
 * to features of the training set. All classes share one covariance; the trace over D, times the
 * ridge (1e-6 by default), is added to its diagonal, so that features that are constant or more
 * than the samples do no harm. The fit takes {@code N D^2 + D^3} operations on the host.
 *
 * <p>The score of one layer as it stands. The paper also moves inputs towards a class and weighs
 * several layers by a regression on samples from elsewhere, which this class leaves out.
 *
 * <p>Source: Lee et al., <i>A Simple Unified Framework for Detecting Out-of-Distribution Samples
 * and Adversarial Attacks</i>, NeurIPS 2018, arXiv:1807.03888.
 */
public final class MahalanobisScore implements OodScore {

    private static final double RIDGE = 1e-6;

    private final double[] means;
    private final double[] precision;
    private final int width;

    private MahalanobisScore(double[] means, double[] precision, int width) {
        this.means = means;
        this.precision = precision;
        this.width = width;
    }

    /**
     * Fits means and covariance.
     *
     * @param features {@code [N, D]}, a floating-point type
     * @param labels class indices {@code [N]} or {@code [N, 1]}; classes without samples do not
     *     count
     * @return the score
     * @throws IllegalArgumentException if shapes or types do not fit, a feature is not finite, or a
     *     label is no class index
     */
    public static MahalanobisScore fit(NDArray features, NDArray labels) {
        return fit(features, labels, RIDGE);
    }

    /**
     * Fits means and covariance.
     *
     * @param features {@code [N, D]}, a floating-point type
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @param ridge share of the mean variance that is added to each variance, above 0
     * @return the score
     * @throws IllegalArgumentException as {@link #fit(NDArray, NDArray)}
     */
    public static MahalanobisScore fit(NDArray features, NDArray labels, double ridge) {
        Checks.positive("ridge", ridge);
        LabelledFeatures data = LabelledFeatures.of(features, labels);
        int width = data.width();
        double[][] sums = new double[data.classes()][width];
        int[] counts = new int[data.classes()];
        for (int row = 0; row < data.size(); row++) {
            counts[data.labels()[row]]++;
            for (int d = 0; d < width; d++) {
                sums[data.labels()[row]][d] += data.rows()[row][d];
            }
        }
        int present = 0;
        double[] means = new double[data.classes() * width];
        for (int c = 0; c < data.classes(); c++) {
            for (int d = 0; d < width; d++) {
                sums[c][d] /= Math.max(1, counts[c]);
            }
            if (counts[c] > 0) {
                System.arraycopy(sums[c], 0, means, present++ * width, width);
            }
        }
        double[] covariance = covariance(data, sums);
        double trace = 0;
        for (int d = 0; d < width; d++) {
            trace += covariance[d * width + d];
        }
        // Samples that equal their means leave the Euclidean distance.
        double added = trace > 0 ? ridge * trace / width : 1;
        for (int d = 0; d < width; d++) {
            covariance[d * width + d] += added;
        }
        double[] precision = Cholesky.of(covariance, width, added).inverse();
        return new MahalanobisScore(Arrays.copyOf(means, present * width), precision, width);
    }

    private static double[] covariance(LabelledFeatures data, double[][] means) {
        int width = data.width();
        double[] covariance = new double[width * width];
        double[] difference = new double[width];
        for (int row = 0; row < data.size(); row++) {
            double[] mean = means[data.labels()[row]];
            for (int i = 0; i < width; i++) {
                difference[i] = data.rows()[row][i] - mean[i];
            }
            for (int i = 0; i < width; i++) {
                for (int j = 0; j <= i; j++) {
                    covariance[i * width + j] += difference[i] * difference[j] / data.size();
                }
            }
        }
        for (int i = 0; i < width; i++) {
            for (int j = 0; j < i; j++) {
                covariance[j * width + i] = covariance[i * width + j];
            }
        }
        return covariance;
    }

    @Override
    public double[] of(NDArray features) {
        Shape shape = features.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.get(1) == width,
                "features have shape %s, expected [N, %d]",
                shape,
                width);
        int classes = means.length / width;
        return ScoredRows.of(
                "features",
                features,
                2L * classes,
                rows -> {
                    NDManager scope = rows.getManager();
                    NDArray centres = scope.create(means, new Shape(classes, width));
                    centres = centres.toDevice(rows.getDevice(), false);
                    NDArray inverse = scope.create(precision, new Shape(width, width));
                    inverse = inverse.toDevice(rows.getDevice(), false);
                    NDArray differences = rows.expandDims(1).sub(centres).reshape(-1, width);
                    NDArray squares =
                            differences.matMul(inverse).mul(differences).sum(new int[] {1});
                    return squares.reshape(-1, classes).min(new int[] {1}).neg();
                });
    }
}
