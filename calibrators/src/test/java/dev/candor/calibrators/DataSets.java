package dev.candor.calibrators;

import java.util.Arrays;
import java.util.Random;

/** Samples of the tests: two with golden values, and random ones. */
record DataSets(double[][] logits, long[] labels) {

    /** Twelve samples of three classes, two thirds of them right. */
    static DataSets a() {
        return new DataSets(
                new double[][] {
                    {4, 1, -1},
                    {2.5, 2, 0},
                    {.5, 3.5, -.5},
                    {-1, 2, 1.5},
                    {0, -1, 5},
                    {1, .5, 3},
                    {3, 0, 2.5},
                    {1.5, 4.5, 0},
                    {-.5, 0, 2},
                    {5, 1, 0},
                    {0, 2, 1},
                    {2, -1, 3.5}
                },
                new long[] {0, 1, 1, 2, 2, 2, 0, 1, 0, 0, 1, 0});
    }

    /** Two hundred samples of four classes, by formula; seventy in a hundred are right. */
    static DataSets b() {
        double[][] logits = new double[200][4];
        long[] labels = new long[200];
        for (int i = 0; i < logits.length; i++) {
            for (int k = 0; k < 4; k++) {
                logits[i][k] =
                        4 * Math.sin(1.7 * i + 2.3 * k + 0.5) + 1.5 * Math.cos(0.31 * i * (k + 1));
            }
            int predicted = argMax(logits[i]);
            boolean right = (7 * i + 3) % 10 >= 3;
            labels[i] = right ? predicted : (predicted + 1 + i % 3) % 4;
        }
        return new DataSets(logits, labels);
    }

    /** Twenty probabilities of the second of two classes, as log-odds. */
    static DataSets c() {
        double[] probabilities = {
            .05, .12, .15, .22, .27, .31, .35, .41, .44, .48,
            .52, .57, .61, .66, .71, .78, .83, .88, .93, .97
        };
        long[] labels = {0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1};
        return new DataSets(
                Arrays.stream(probabilities)
                        .mapToObj(p -> new double[] {0, Math.log(p / (1 - p))})
                        .toArray(double[][]::new),
                labels);
    }

    /** Overconfident samples: labels drawn from a softmax of the logits at temperature 2. */
    static DataSets random(long seed, int rows, int classes) {
        Random random = new Random(seed);
        double[][] logits = new double[rows][classes];
        long[] labels = new long[rows];
        for (int i = 0; i < rows; i++) {
            Arrays.setAll(logits[i], k -> (float) (4 * random.nextGaussian()));
            double[] mass = Arrays.stream(logits[i]).map(z -> Math.exp(z / 2)).toArray();
            double draw = random.nextDouble() * Arrays.stream(mass).sum();
            int label = 0;
            while (label < classes - 1 && draw > mass[label]) {
                draw -= mass[label++];
            }
            labels[i] = label;
        }
        return new DataSets(logits, labels);
    }

    DataSets permuted(long seed) {
        int[] order = new Random(seed).ints(0, 1 << 20).limit(labels.length).toArray();
        Integer[] rows = new Integer[labels.length];
        Arrays.setAll(rows, i -> i);
        Arrays.sort(rows, (i, j) -> Integer.compare(order[i], order[j]));
        double[][] permuted = new double[logits.length][];
        long[] permutedLabels = new long[labels.length];
        for (int i = 0; i < rows.length; i++) {
            permuted[i] = logits[rows[i]];
            permutedLabels[i] = labels[rows[i]];
        }
        return new DataSets(permuted, permutedLabels);
    }

    DataSets scaled(double factor) {
        double[][] scaled =
                Arrays.stream(logits)
                        .map(row -> Arrays.stream(row).map(z -> z * factor).toArray())
                        .toArray(double[][]::new);
        return new DataSets(scaled, labels);
    }

    DataSets labelled(long... others) {
        return new DataSets(logits, others);
    }

    static int argMax(double[] row) {
        int best = 0;
        for (int k = 1; k < row.length; k++) {
            if (row[k] > row[best]) {
                best = k;
            }
        }
        return best;
    }

    /** Mean negative log-likelihood at a temperature, by the textbook. */
    double likelihood(double temperature) {
        double total = 0;
        for (int i = 0; i < labels.length; i++) {
            double[] row = Arrays.stream(logits[i]).map(z -> z / temperature).toArray();
            double top = Arrays.stream(row).max().orElseThrow();
            double mass = Arrays.stream(row).map(z -> Math.exp(z - top)).sum();
            total += top + Math.log(mass) - row[(int) labels[i]];
        }
        return total / labels.length;
    }

    /** Mean negative log-likelihood of log-probabilities, row by row. */
    double likelihood(double[] logProbabilities) {
        int classes = logits[0].length;
        double total = 0;
        for (int i = 0; i < labels.length; i++) {
            total -= logProbabilities[i * classes + (int) labels[i]];
        }
        return total / labels.length;
    }

    /** Mean Brier score of probabilities, row by row, by the textbook. */
    double brier(double[] probabilities) {
        int classes = logits[0].length;
        double total = 0;
        for (int i = 0; i < probabilities.length; i++) {
            double miss = probabilities[i] - (labels[i / classes] == i % classes ? 1 : 0);
            total += miss * miss;
        }
        return total / labels.length;
    }
}
