package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * Thrust: how well a model knows what a question is about, from where its hidden state lies among
 * those of questions it knows.
 *
 * <pre>
 *   s(q) = || (1/(N K)) sum_l sum_k |C_kl| / ||d_kl||^2  d_kl / ||d_kl|| ||,  d_kl = m_kl - f(q)
 * </pre>
 *
 * <p>{@code C_kl} is cluster k of K of the known questions of class l of N, {@code |C_kl|} its
 * size, {@code m_kl} its centre, {@code f(q)} the hidden state of the question: a pull of the
 * clusters that falls with the square of the distance. It is high near a cluster and falls to zero
 * far from all of them, but also in the middle between clusters that pull to opposite sides. At a
 * centre it is infinite. No probability: a threshold for when to fetch knowledge from elsewhere, or
 * a feature. The clusters of each class are found by k-means. Immutable.
 *
 * <p>Source: Zhao et al., <i>Thrust: Adaptively Propels Large Language Models with External
 * Knowledge</i>, NeurIPS 2023, arXiv:2307.10442.
 */
public final class Thrust {

    private final double[][] centres;
    private final int[] sizes;

    private Thrust(double[][] centres, int[] sizes) {
        this.centres = centres;
        this.sizes = sizes;
    }

    /**
     * Returns the score of known clusters.
     *
     * @param centres the centre of each cluster of each class, {@code [N K][D]}, finite
     * @param sizes the size of each, at least 1
     * @return the score
     * @throws IllegalArgumentException if there is no cluster, the lengths differ, or a value is
     *     out of range
     */
    public static Thrust of(double[][] centres, int[] sizes) {
        Checks.that(centres.length > 0, "no clusters, expected at least one");
        Checks.that(
                centres.length == sizes.length,
                "%d centres and %d sizes",
                centres.length,
                sizes.length);
        double[][] copies = new double[centres.length][];
        for (int c = 0; c < centres.length; c++) {
            Checks.atLeast("sizes[" + c + "]", sizes[c], 1);
            copies[c] = checked("centres[" + c + "]", centres[c], centres[0].length);
        }
        return new Thrust(copies, sizes.clone());
    }

    private static double[] checked(String name, double[] vector, int width) {
        Checks.that(
                vector.length == width && width > 0,
                "%s has %d values, expected %d",
                name,
                vector.length,
                width);
        for (int d = 0; d < width; d++) {
            Checks.that(
                    Double.isFinite(vector[d]),
                    "%s[%d] = %s, expected a finite value",
                    name,
                    d,
                    vector[d]);
        }
        return vector.clone();
    }

    /**
     * Finds the clusters of known questions.
     *
     * @param features the hidden state of each question, {@code [M][D]}, at least two
     * @param labels the class of each, {@code 0..N-1}; all 0 where there are no classes
     * @param clusters K, at least 1; a class with fewer questions gets as many clusters as those
     * @param seed tells where the search for clusters begins
     * @return the score
     * @throws IllegalArgumentException if there are fewer than two questions, the lengths differ,
     *     or a value is out of range
     */
    public static Thrust fit(double[][] features, int[] labels, int clusters, long seed) {
        Checks.that(features.length > 1, "%d questions, expected at least 2", features.length);
        Checks.that(
                labels.length == features.length,
                "%d labels for %d questions",
                labels.length,
                features.length);
        Checks.atLeast("clusters", clusters, 1);
        int classes = 0;
        for (int i = 0; i < labels.length; i++) {
            checked("features[" + i + "]", features[i], features[0].length);
            Checks.atLeast("labels[" + i + "]", labels[i], 0);
            classes = Math.max(classes, labels[i] + 1);
        }
        List<double[]> centres = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (int l = 0; l < classes; l++) {
            List<double[]> members = new ArrayList<>();
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] == l) {
                    members.add(features[i]);
                }
            }
            if (!members.isEmpty()) {
                KMeans.Clusters found = KMeans.of(members, clusters, seed);
                centres.addAll(found.centres());
                sizes.addAll(found.sizes());
            }
        }
        return of(
                centres.toArray(double[][]::new),
                sizes.stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * Scores a question.
     *
     * @param feature its hidden state, finite, of as many numbers as the centres have
     * @return s, {@code >= 0}; infinite at a centre
     * @throws IllegalArgumentException if the length differs or a value is not finite
     */
    public double score(double... feature) {
        double[] q = checked("feature", feature, centres[0].length);
        double[] pull = new double[q.length];
        for (int c = 0; c < centres.length; c++) {
            double square = KMeans.squaredDistance(centres[c], q);
            if (square == 0) {
                return Double.POSITIVE_INFINITY;
            }
            double scale = sizes[c] / (square * Math.sqrt(square));
            for (int d = 0; d < q.length; d++) {
                pull[d] += scale * (centres[c][d] - q[d]);
            }
        }
        double norm = 0;
        for (double component : pull) {
            norm = Math.hypot(norm, component);
        }
        return norm / centres.length;
    }

    /**
     * Returns the number of clusters of all classes.
     *
     * @return the number
     */
    public int clusters() {
        return centres.length;
    }
}
