package dev.candor.metrics;

import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The data of a reliability diagram: forecasts in bins, and how often each bin came true.
 *
 * <p>Of bin b with {@code n_b} of n rows:
 *
 * <pre>
 *   acc_b  = (1/n_b) sum_{i in b} o_i      accuracy, or frequency of the event
 *   conf_b = (1/n_b) sum_{i in b} f_i      mean confidence, or mean forecast
 *   gap_b  = acc_b - conf_b                above zero where underconfident
 * </pre>
 *
 * <p>Bins of equal width are found from {@code f B} rounded up or down, never by comparison with
 * edges, whose rounding would move forecasts such as 0.6 to the neighbouring bin. Bins of equal
 * mass are slices of the sorted forecasts, the first {@code n mod B} one row longer. Ties keep the
 * order of their rows, so that where many confidences are exactly 1 the value depends on that
 * order. Bins may be empty; their means are NaN and they count for nothing.
 *
 * <p>Immutable. Diagrams of equal width can be merged.
 *
 * <p>Source: DeGroot and Fienberg, <i>The Comparison and Evaluation of Forecasters</i>, The
 * Statistician 1983; for networks: Guo et al., <i>On Calibration of Modern Neural Networks</i>,
 * ICML 2017, arXiv:1706.04599.
 */
public final class ReliabilityDiagram {

    static final int DEFAULT_BINS = 15;

    /** Rows of which sums are taken at once: fixed, so that threads do not change the rounding. */
    private static final int BLOCK = 1 << 16;

    private final Binning binning;
    private final BinEdge edge;
    private final double[] edges;
    private final long[] counts;
    private final double[] happened;
    private final double[] expected;
    private final long[] histogram;

    private ReliabilityDiagram(
            Binning binning,
            BinEdge edge,
            double[] edges,
            long[] counts,
            double[] happened,
            double[] expected,
            long[] histogram) {
        this.binning = binning;
        this.edge = edge;
        this.edges = edges;
        this.counts = counts;
        this.happened = happened;
        this.expected = expected;
        this.histogram = histogram;
    }

    /**
     * Returns the diagram with 15 bins {@code (l, r]} of equal width.
     *
     * @param forecasts the forecasts
     * @return the diagram
     */
    public static ReliabilityDiagram of(Forecasts forecasts) {
        return of(forecasts, DEFAULT_BINS);
    }

    /**
     * Returns the diagram with bins {@code (l, r]} of equal width.
     *
     * @param forecasts the forecasts
     * @param bins the number of bins, at least 1
     * @return the diagram
     */
    public static ReliabilityDiagram of(Forecasts forecasts, int bins) {
        return builder().setForecasts(forecasts).optBins(bins).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The diagram of sums that were taken elsewhere, in bins of equal width. */
    static ReliabilityDiagram ofSums(
            BinEdge edge, long[] counts, double[] happened, double[] expected) {
        return new ReliabilityDiagram(
                Binning.EQUAL_WIDTH,
                edge,
                equalEdges(counts.length),
                counts,
                happened,
                expected,
                counts);
    }

    private static ReliabilityDiagram ofEqualWidth(Forecasts forecasts, int bins, BinEdge edge) {
        int blocks = (forecasts.size() - 1) / BLOCK + 1;
        double[][] sums =
                IntStream.range(0, blocks)
                        .parallel()
                        .mapToObj(block -> blockSums(forecasts, block * BLOCK, bins, edge))
                        .toArray(double[][]::new);
        long[] counts = new long[bins];
        double[] happened = new double[bins];
        double[] expected = new double[bins];
        for (double[] sum : sums) {
            for (int b = 0; b < bins; b++) {
                counts[b] += (long) sum[3 * b];
                happened[b] += sum[3 * b + 1];
                expected[b] += sum[3 * b + 2];
            }
        }
        return ofSums(edge, counts, happened, expected);
    }

    private static double[] blockSums(Forecasts forecasts, int from, int bins, BinEdge edge) {
        double[] sums = new double[3 * bins];
        int to = Math.min(forecasts.size() - from, BLOCK) + from;
        for (int row = from; row < to; row++) {
            double forecast = forecasts.probability(row);
            int bin = 3 * bin(forecast, bins, edge);
            sums[bin]++;
            sums[bin + 1] += forecasts.outcome(row) ? 1 : 0;
            sums[bin + 2] += forecast;
        }
        return sums;
    }

    /** The bin of equal width to which a forecast belongs. */
    static int bin(double forecast, int bins, BinEdge edge) {
        double position = forecast * bins;
        return edge == BinEdge.RIGHT_CLOSED
                ? Math.max(0, (int) Math.ceil(position) - 1)
                : Math.min(bins - 1, (int) position);
    }

    private static ReliabilityDiagram ofEqualMass(Forecasts forecasts, int bins, BinEdge edge) {
        Ranking ranking = forecasts.ranking();
        double[] edges = new double[bins + 1];
        edges[bins] = 1;
        long[] counts = new long[bins];
        double[] happened = new double[bins];
        double[] expected = new double[bins];
        int group = 0;
        int used = 0;
        for (int b = 0; b < bins; b++) {
            counts[b] = equalMass(forecasts.size(), bins, b);
            long missing = counts[b];
            while (missing > 0) {
                int taken = (int) Math.min(missing, ranking.counts[group] - used);
                double score = ranking.scores[group];
                happened[b] +=
                        taken == ranking.counts[group]
                                ? ranking.positives[group]
                                : forecasts.positivesAt(score, used, used + taken);
                expected[b] += score * taken;
                missing -= taken;
                used += taken;
                if (used == ranking.counts[group]) {
                    group++;
                    used = 0;
                }
            }
            if (b + 1 < bins) {
                edges[b + 1] = group == ranking.groups() ? 1 : edgeBefore(ranking, group, used);
            }
        }
        long[] histogram = ofEqualWidth(forecasts, bins, edge).counts;
        return new ReliabilityDiagram(
                Binning.EQUAL_MASS, edge, edges, counts, happened, expected, histogram);
    }

    /** Half way between the last score of one bin and the first of the next. */
    private static double edgeBefore(Ranking ranking, int group, int used) {
        double next = ranking.scores[group];
        return used > 0 ? next : (ranking.scores[group - 1] + next) / 2;
    }

    /** Rows of one bin of equal mass: the first {@code n mod B} have one more. */
    static long equalMass(long rows, int bins, int bin) {
        return rows / bins + (bin < rows % bins ? 1 : 0);
    }

    private static double[] equalEdges(int bins) {
        double[] edges = new double[bins + 1];
        Arrays.setAll(edges, b -> (double) b / bins);
        return edges;
    }

    /**
     * Returns the diagram of both sets together. Counts add up exactly, sums to rounding.
     *
     * @param other a diagram with the same bins of equal width
     * @return the merged diagram
     * @throws IllegalArgumentException if the bins differ or are of equal mass
     */
    public ReliabilityDiagram merge(ReliabilityDiagram other) {
        Checks.that(
                binning == Binning.EQUAL_WIDTH && other.binning == Binning.EQUAL_WIDTH,
                "diagrams of %s and %s, expected both of equal width",
                binning,
                other.binning);
        Checks.that(
                bins() == other.bins() && edge == other.edge,
                "%d bins %s and %d bins %s, expected the same",
                bins(),
                edge,
                other.bins(),
                other.edge);
        long[] count = new long[bins()];
        Arrays.setAll(count, b -> counts[b] + other.counts[b]);
        return ofSums(edge, count, sum(happened, other.happened), sum(expected, other.expected));
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }

    /**
     * Returns the number of bins.
     *
     * @return B, at least 1
     */
    public int bins() {
        return counts.length;
    }

    /**
     * Returns how bins divide forecasts.
     *
     * @return the binning
     */
    public Binning binning() {
        return binning;
    }

    /**
     * Returns the edges of the bins, in ascending order.
     *
     * @return a copy, B + 1 values from 0 to 1
     */
    public double[] edges() {
        return edges.clone();
    }

    /**
     * Returns the number of rows in each bin.
     *
     * @return a copy, B values
     */
    public long[] counts() {
        return counts.clone();
    }

    /**
     * Returns the accuracy of each bin.
     *
     * @return B values, NaN for empty bins
     */
    public double[] accuracy() {
        return means(happened);
    }

    /**
     * Returns the mean confidence of each bin.
     *
     * @return B values, NaN for empty bins
     */
    public double[] confidence() {
        return means(expected);
    }

    private double[] means(double[] sums) {
        double[] means = new double[bins()];
        Arrays.setAll(means, b -> counts[b] == 0 ? Double.NaN : sums[b] / counts[b]);
        return means;
    }

    /**
     * Returns the confidence histogram: the number of rows in B bins of equal width.
     *
     * @return a copy, B values; {@link #counts()} where bins are of equal width
     */
    public long[] histogram() {
        return histogram.clone();
    }

    /**
     * Returns the number of rows.
     *
     * @return n
     */
    public long size() {
        return Arrays.stream(counts).sum();
    }

    /**
     * Returns the accuracy over all rows.
     *
     * @return a value in {@code [0, 1]}
     */
    public double overallAccuracy() {
        return Arrays.stream(happened).sum() / size();
    }

    /**
     * Returns the mean confidence over all rows.
     *
     * @return a value in {@code [0, 1]}
     */
    public double overallConfidence() {
        return Arrays.stream(expected).sum() / size();
    }

    /**
     * Returns the p-norm of the gaps, bins weighted by their rows.
     *
     * @param norm p, at least 1; infinity for the largest gap
     */
    double gapNorm(double norm) {
        if (Double.isInfinite(norm)) {
            return gaps().max().orElseThrow();
        }
        double total = 0;
        long size = size();
        for (int b = 0; b < bins(); b++) {
            if (counts[b] > 0) {
                total += power(gap(b), norm) * counts[b] / size;
            }
        }
        return power(total, 1 / norm);
    }

    /** {@code x^p}, exact where it can be. */
    private static double power(double x, double p) {
        return p == 1 ? x : p == 2 ? x * x : p == 0.5 ? Math.sqrt(x) : Math.pow(x, p);
    }

    /** The gaps of the bins that hold rows, regardless of sign. */
    DoubleStream gaps() {
        return IntStream.range(0, bins()).filter(b -> counts[b] > 0).mapToDouble(this::gap);
    }

    private double gap(int bin) {
        return Math.abs(happened[bin] - expected[bin]) / counts[bin];
    }

    /**
     * Returns a table, one line a bin that is not empty.
     *
     * @return the table
     */
    @Override
    public String toString() {
        StringBuilder table =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "%d rows, accuracy %.4f, confidence %.4f%n%17s %9s %9s %9s",
                                size(),
                                overallAccuracy(),
                                overallConfidence(),
                                "bin",
                                "rows",
                                "accuracy",
                                "confid."));
        for (int b = 0; b < bins(); b++) {
            if (counts[b] > 0) {
                table.append(
                        String.format(
                                Locale.ROOT,
                                "%n%8.4f..%7.4f %9d %9.4f %9.4f",
                                edges[b],
                                edges[b + 1],
                                counts[b],
                                happened[b] / counts[b],
                                expected[b] / counts[b]));
            }
        }
        return table.toString();
    }

    /** Builds a {@link ReliabilityDiagram}. */
    public static final class Builder {

        private Forecasts forecasts;
        private int bins = DEFAULT_BINS;
        private Binning binning = Binning.EQUAL_WIDTH;
        private BinEdge edge = BinEdge.RIGHT_CLOSED;

        private Builder() {}

        /**
         * Sets the forecasts. Required.
         *
         * @param forecasts the forecasts
         * @return this builder
         */
        public Builder setForecasts(Forecasts forecasts) {
            this.forecasts = forecasts;
            return this;
        }

        /**
         * Sets the number of bins.
         *
         * @param bins at least 1, default 15
         * @return this builder
         */
        public Builder optBins(int bins) {
            this.bins = Checks.atLeast("bins", bins, 1);
            return this;
        }

        /**
         * Sets how bins divide forecasts.
         *
         * @param binning default {@link Binning#EQUAL_WIDTH}
         * @return this builder
         */
        public Builder optBinning(Binning binning) {
            this.binning = binning;
            return this;
        }

        /**
         * Sets to which bin of equal width a forecast on an edge belongs.
         *
         * @param edge default {@link BinEdge#RIGHT_CLOSED}
         * @return this builder
         */
        public Builder optEdge(BinEdge edge) {
            this.edge = edge;
            return this;
        }

        /**
         * Builds the diagram.
         *
         * @return the diagram
         * @throws IllegalArgumentException if no forecasts were set
         */
        public ReliabilityDiagram build() {
            Checks.that(forecasts != null, "no forecasts were set");
            return binning == Binning.EQUAL_WIDTH
                    ? ofEqualWidth(forecasts, bins, edge)
                    : ofEqualMass(forecasts, bins, edge);
        }
    }
}
