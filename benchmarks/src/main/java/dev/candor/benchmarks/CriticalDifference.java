package dev.candor.benchmarks;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Whether methods differ over sets of data, by their ranks.
 *
 * <pre>
 *   R_j = (1/N) sum_i r_ij
 *   chi2 = 12 N / (k (k + 1)) (sum_j R_j^2 - k (k + 1)^2 / 4)      Friedman
 *   F = (N - 1) chi2 / (N (k - 1) - chi2)                          Iman and Davenport
 *   CD = q sqrt(k (k + 1) / (6 N))                                 Nemenyi
 * </pre>
 *
 * <p>{@code r_ij} is the rank of method j of k on set i of N, 1 the lowest value, equal values
 * sharing the mean of their ranks; q is the 0.95 quantile of the studentised range of k normal
 * means, divided by the root of two. Two methods differ at the 5% level if their mean ranks are CD
 * or more apart. p is the share of 10,000 random assignments of the ranks, within each set, of
 * which chi2 is no less: with few sets no distribution is near enough.
 *
 * <p>Few sets tell little: with five, 20 methods must be more than 13 ranks apart.
 *
 * <p>Source: Demsar, <i>Statistical Comparisons of Classifiers over Multiple Data Sets</i>, JMLR 7,
 * 2006, section 3.2.2.
 *
 * @param ranked the methods by their mean ranks, the lowest first
 * @param chiSquare the Friedman statistic
 * @param f the statistic of Iman and Davenport; infinite where all sets agree
 * @param p the share of assignments that differ as much
 * @param difference the critical difference of mean ranks
 */
record CriticalDifference(
        List<Ranked> ranked, double chiSquare, double f, double p, double difference) {

    private static final double LEVEL = 0.95;
    private static final int ASSIGNMENTS = 10_000;
    private static final double ROUNDING = 1e-9;
    private static final double WIDEST = 10;
    private static final int INTERVALS = 2000;
    private static final int BISECTIONS = 60;

    /** A method and its mean rank. */
    record Ranked(String method, double rank) {}

    /** Consecutive places in the ranking of which none differ. */
    record Group(int first, int last) {}

    /**
     * Compares.
     *
     * @param methods at least two
     * @param values of each set, in the order of the methods; at least two sets
     */
    static CriticalDifference of(List<String> methods, double[][] values) {
        int k = methods.size();
        int n = values.length;
        Checks.that(k > 1 && n > 1, "%d methods on %d sets, expected two of each", k, n);
        double[][] ranks = new double[n][];
        for (int i = 0; i < n; i++) {
            ranks[i] = ranks(values[i]);
        }
        double[] means = means(ranks);
        double chiSquare = chiSquare(means, n);
        double rest = n * (k - 1) - chiSquare;
        List<Ranked> ranked =
                IntStream.range(0, k)
                        .mapToObj(j -> new Ranked(methods.get(j), means[j]))
                        .sorted(Comparator.comparingDouble(Ranked::rank))
                        .collect(Collectors.toList());
        return new CriticalDifference(
                ranked,
                chiSquare,
                rest > ROUNDING ? (n - 1) * chiSquare / rest : Double.POSITIVE_INFINITY,
                p(ranks, chiSquare),
                quantile(k) * Math.sqrt(k * (k + 1) / (6.0 * n)));
    }

    /** From 1, equal values sharing the mean of their ranks. */
    static double[] ranks(double[] values) {
        double[] ranks = new double[values.length];
        for (int j = 0; j < values.length; j++) {
            double rank = 0.5;
            for (double other : values) {
                rank += other < values[j] ? 1 : other == values[j] ? 0.5 : 0;
            }
            ranks[j] = rank;
        }
        return ranks;
    }

    private static double[] means(double[][] ranks) {
        double[] means = new double[ranks[0].length];
        for (double[] row : ranks) {
            for (int j = 0; j < means.length; j++) {
                means[j] += row[j] / ranks.length;
            }
        }
        return means;
    }

    private static double chiSquare(double[] means, int n) {
        double k = means.length;
        double squares = 0;
        for (double mean : means) {
            squares += mean * mean;
        }
        return 12 * n / (k * (k + 1)) * (squares - k * (k + 1) * (k + 1) / 4);
    }

    private static double p(double[][] ranks, double chiSquare) {
        Random random = new Random(0);
        double[][] drawn = new double[ranks.length][];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = ranks[i].clone();
        }
        int reached = 0;
        for (int assignment = 0; assignment < ASSIGNMENTS; assignment++) {
            for (double[] row : drawn) {
                for (int j = row.length - 1; j > 0; j--) {
                    int other = random.nextInt(j + 1);
                    double kept = row[j];
                    row[j] = row[other];
                    row[other] = kept;
                }
            }
            if (chiSquare(means(drawn), drawn.length) >= chiSquare - ROUNDING) {
                reached++;
            }
        }
        return (double) reached / ASSIGNMENTS;
    }

    /** The quantile of the range of k standard normal numbers, divided by the root of two. */
    static double quantile(int k) {
        double low = 0;
        double high = WIDEST;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (rangeBelow(middle, k) < LEVEL) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2 / Math.sqrt(2);
    }

    /** {@code k int phi(z) (Phi(z) - Phi(z - q))^(k - 1) dz}, z the greatest, by Simpson's rule. */
    private static double rangeBelow(double q, int k) {
        double step = 2 * WIDEST / INTERVALS;
        double sum = 0;
        for (int i = 0; i <= INTERVALS; i++) {
            double z = -WIDEST + i * step;
            double weight = i == 0 || i == INTERVALS ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * density(z) * Math.pow(normal(z) - normal(z - q), k - 1);
        }
        return k * sum * step / 3;
    }

    private static double density(double z) {
        return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }

    /** The normal distribution, by its series near zero and its continued fraction beyond. */
    private static double normal(double z) {
        double size = Math.abs(z);
        double tail;
        if (size < 3) {
            double term = size;
            double sum = size;
            for (int i = 1; Math.abs(term) > 1e-17; i++) {
                term *= size * size / (2 * i + 1);
                sum += term;
            }
            tail = 0.5 - density(size) * sum;
        } else {
            double fraction = size;
            for (int i = 60; i > 0; i--) {
                fraction = size + i / fraction;
            }
            tail = density(size) / fraction;
        }
        return z < 0 ? tail : 1 - tail;
    }

    /** The longest runs of methods that do not differ, without those within others. */
    List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        int reach = 0;
        for (int first = 0; first < ranked.size(); first++) {
            int last = first;
            while (last + 1 < ranked.size()
                    && ranked.get(last + 1).rank - ranked.get(first).rank < difference) {
                last++;
            }
            if (last > first && last > reach) {
                groups.add(new Group(first, last));
                reach = last;
            }
        }
        return groups;
    }
}
