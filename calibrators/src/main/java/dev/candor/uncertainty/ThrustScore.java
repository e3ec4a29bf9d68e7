package dev.candor.uncertainty;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Thrust: the pull of all clusters of known samples on a query, as masses pull. A query amid one
 * cluster is pulled hard, one far from all or between several is not.
 *
 * <pre>
 *   s(f) = || (1/M) sum_m  n_m / |d_m|^2 * d_m / |d_m| ||,   d_m = mu_m - f
 * </pre>
 *
 * <p>{@code mu_m} is the centre and {@code n_m} the number of samples of cluster m; M clusters in
 * all, from k-means within each class. Takes features {@code f}, {@code [N, D]}. A query less than
 * 1e-12 from a centre counts as that far from it, so that the score stays finite.
 *
 * <p>The clusters of k-means depend on its random start, which a seed fixes; the number of clusters
 * of each class, 3 by default, is a choice of this library.
 *
 * <p>Source: Zhao et al., <i>Thrust: Adaptively Propels Large Language Models with External
 * Knowledge</i>, NeurIPS 2023, arXiv:2307.10442.
 */
public final class ThrustScore implements OodScore {

    private static final int CLUSTERS = 3;
    private static final int ITERATIONS = 100;
    private static final double NEAREST = 1e-12;

    private final double[] centres;
    private final double[] sizes;
    private final int width;

    private ThrustScore(List<double[]> centres, List<Integer> sizes) {
        this.width = centres.get(0).length;
        this.centres = centres.stream().flatMapToDouble(Arrays::stream).toArray();
        this.sizes = sizes.stream().mapToDouble(Integer::doubleValue).toArray();
    }

    /**
     * Returns the score of known clusters.
     *
     * @param centres {@code [M][D]}
     * @param sizes number of samples of each cluster, {@code [M]}
     * @return the score
     */
    public static ThrustScore of(double[][] centres, int[] sizes) {
        Checks.that(
                centres.length > 0 && centres.length == sizes.length,
                "%d centres and %d sizes, expected as many of both, at least one",
                centres.length,
                sizes.length);
        for (int m = 0; m < sizes.length; m++) {
            Checks.atLeast("sizes[" + m + "]", sizes[m], 1);
            Checks.that(
                    centres[m].length == centres[0].length && centres[m].length > 0,
                    "centres[%d] has %d values, the first %d",
                    m,
                    centres[m].length,
                    centres[0].length);
        }
        return new ThrustScore(List.of(centres), Arrays.stream(sizes).boxed().toList());
    }

    /**
     * Finds three clusters in each class.
     *
     * @param features {@code [N, D]}, a floating-point type
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the score
     * @throws IllegalArgumentException if shapes or types do not fit, a feature is not finite, or a
     *     label is no class index
     */
    public static ThrustScore fit(NDArray features, NDArray labels) {
        return fit(features, labels, CLUSTERS, 0);
    }

    /**
     * Finds clusters.
     *
     * @param features {@code [N, D]}, a floating-point type
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @param clusters number of clusters in each class, at least 1; a class has no more than it has
     *     samples
     * @param seed where the random start of k-means begins
     * @return the score
     * @throws IllegalArgumentException as {@link #fit(NDArray, NDArray)}
     */
    public static ThrustScore fit(NDArray features, NDArray labels, int clusters, long seed) {
        Checks.atLeast("clusters", clusters, 1);
        LabelledFeatures data = LabelledFeatures.of(features, labels);
        List<double[]> centres = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(seed);
        for (int c = 0; c < data.classes(); c++) {
            List<double[]> rows = new ArrayList<>();
            for (int row = 0; row < data.size(); row++) {
                if (data.labels()[row] == c) {
                    rows.add(data.rows()[row]);
                }
            }
            if (!rows.isEmpty()) {
                cluster(rows, Math.min(clusters, rows.size()), random, centres, sizes);
            }
        }
        return new ThrustScore(centres, sizes);
    }

    /** Lloyd's algorithm from a start that prefers distant samples, as k-means++ does. */
    private static void cluster(
            List<double[]> rows,
            int clusters,
            SplittableRandom random,
            List<double[]> centres,
            List<Integer> sizes) {
        double[][] means = start(rows, clusters, random);
        int[] assigned = new int[rows.size()];
        int[] counts = new int[means.length];
        for (int i = 0; i < ITERATIONS; i++) {
            boolean moved = i == 0;
            Arrays.fill(counts, 0);
            for (int row = 0; row < assigned.length; row++) {
                int nearest = nearest(rows.get(row), means, means.length);
                moved |= nearest != assigned[row];
                assigned[row] = nearest;
                counts[nearest]++;
            }
            if (!moved) {
                break;
            }
            recentre(rows, assigned, counts, means);
        }
        for (int m = 0; m < means.length; m++) {
            if (counts[m] > 0) {
                centres.add(means[m]);
                sizes.add(counts[m]);
            }
        }
    }

    private static double[][] start(List<double[]> rows, int clusters, SplittableRandom random) {
        double[][] means = new double[clusters][];
        means[0] = rows.get(random.nextInt(rows.size())).clone();
        for (int m = 1; m < clusters; m++) {
            double[] reach = new double[rows.size()];
            double total = 0;
            for (int row = 0; row < reach.length; row++) {
                double[] values = rows.get(row);
                total += squaredDistance(values, means[nearest(values, means, m)]);
                reach[row] = total;
            }
            double drawn = random.nextDouble() * total;
            int chosen = 0;
            while (chosen < reach.length - 1 && reach[chosen] <= drawn) {
                chosen++;
            }
            means[m] = rows.get(chosen).clone();
        }
        return means;
    }

    private static void recentre(
            List<double[]> rows, int[] assigned, int[] counts, double[][] means) {
        for (int m = 0; m < means.length; m++) {
            if (counts[m] > 0) {
                Arrays.fill(means[m], 0);
            }
        }
        for (int row = 0; row < assigned.length; row++) {
            double[] mean = means[assigned[row]];
            for (int d = 0; d < mean.length; d++) {
                mean[d] += rows.get(row)[d] / counts[assigned[row]];
            }
        }
    }

    private static int nearest(double[] row, double[][] means, int count) {
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int m = 0; m < count; m++) {
            double distance = squaredDistance(row, means[m]);
            if (distance < least) {
                least = distance;
                best = m;
            }
        }
        return best;
    }

    private static double squaredDistance(double[] a, double[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += (a[d] - b[d]) * (a[d] - b[d]);
        }
        return sum;
    }

    /**
     * Returns the number of clusters.
     *
     * @return M
     */
    public int clusters() {
        return sizes.length;
    }

    @Override
    public double[] of(NDArray features) {
        Shape shape = features.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.get(1) == width,
                "features have shape %s, expected [N, %d]",
                shape,
                width);
        return ScoredRows.of(
                "features",
                features,
                2L * sizes.length,
                rows -> {
                    NDManager scope = rows.getManager();
                    NDArray means = scope.create(centres, new Shape(sizes.length, width));
                    means = means.toDevice(rows.getDevice(), false);
                    NDArray masses = scope.create(sizes, new Shape(sizes.length, 1));
                    masses = masses.toDevice(rows.getDevice(), false);
                    NDArray d = means.sub(rows.expandDims(1));
                    NDArray met = length(d).lt(NEAREST).toType(DataType.FLOAT64, false);
                    // At a centre the pull has no direction, and any will do.
                    d = d.add(met.mul(scope.create(aside()).toDevice(rows.getDevice(), false)));
                    NDArray distance = length(d);
                    NDArray pull = d.mul(masses).div(distance.pow(3)).mean(new int[] {1});
                    return pull.square().sum(new int[] {1}).sqrt();
                });
    }

    private static NDArray length(NDArray d) {
        return d.square().sum(new int[] {2}, true).sqrt();
    }

    private double[] aside() {
        double[] step = new double[width];
        step[0] = NEAREST;
        return step;
    }
}
