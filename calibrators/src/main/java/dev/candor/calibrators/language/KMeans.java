package dev.candor.calibrators.language;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Clusters by Lloyd's iterations from the start of k-means++. */
final class KMeans {

    private static final int MAX_ITERATIONS = 100;

    private KMeans() {}

    /**
     * Clusters, none of them empty.
     *
     * @param centres their means
     * @param sizes how many points each has
     */
    record Clusters(List<double[]> centres, List<Integer> sizes) {}

    static Clusters of(List<double[]> points, int clusters, long seed) {
        double[][] centres = start(points, Math.min(clusters, points.size()), new Random(seed));
        int[] member = new int[points.size()];
        Arrays.fill(member, -1);
        for (int iteration = 0; iteration < MAX_ITERATIONS && assign(points, centres, member); ) {
            iteration++;
            update(points, centres, member);
        }
        List<double[]> found = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (int c = 0; c < centres.length; c++) {
            int cluster = c;
            int size = (int) Arrays.stream(member).filter(m -> m == cluster).count();
            if (size > 0) {
                found.add(centres[c]);
                sizes.add(size);
            }
        }
        return new Clusters(found, sizes);
    }

    /** Centres far from each other: each is drawn by its squared distance from those before. */
    private static double[][] start(List<double[]> points, int clusters, Random random) {
        double[][] centres = new double[clusters][];
        centres[0] = points.get(random.nextInt(points.size())).clone();
        for (int c = 1; c < clusters; c++) {
            double[] distance = new double[points.size()];
            double total = 0;
            for (int i = 0; i < distance.length; i++) {
                distance[i] = Double.POSITIVE_INFINITY;
                for (int b = 0; b < c; b++) {
                    distance[i] = Math.min(distance[i], squaredDistance(points.get(i), centres[b]));
                }
                total += distance[i];
            }
            double draw = random.nextDouble() * total;
            int chosen = 0;
            while (chosen < distance.length - 1 && draw >= distance[chosen]) {
                draw -= distance[chosen++];
            }
            centres[c] = points.get(chosen).clone();
        }
        return centres;
    }

    /** Gives each point to the nearest centre; tells whether any changed. */
    private static boolean assign(List<double[]> points, double[][] centres, int[] member) {
        boolean changed = false;
        for (int i = 0; i < member.length; i++) {
            int nearest = 0;
            for (int c = 1; c < centres.length; c++) {
                nearest =
                        squaredDistance(points.get(i), centres[c])
                                        < squaredDistance(points.get(i), centres[nearest])
                                ? c
                                : nearest;
            }
            changed |= nearest != member[i];
            member[i] = nearest;
        }
        return changed;
    }

    private static void update(List<double[]> points, double[][] centres, int[] member) {
        int[] sizes = new int[centres.length];
        double[][] sums = new double[centres.length][centres[0].length];
        for (int i = 0; i < member.length; i++) {
            sizes[member[i]]++;
            for (int d = 0; d < sums[0].length; d++) {
                sums[member[i]][d] += points.get(i)[d];
            }
        }
        for (int c = 0; c < centres.length; c++) {
            int size = sizes[c];
            if (size > 0) {
                centres[c] = Arrays.stream(sums[c]).map(x -> x / size).toArray();
            }
        }
    }

    static double squaredDistance(double[] a, double[] b) {
        double square = 0;
        for (int d = 0; d < a.length; d++) {
            square += (a[d] - b[d]) * (a[d] - b[d]);
        }
        return square;
    }
}
