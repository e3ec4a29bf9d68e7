package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.IsotonicCalibration;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.internal.Piecewise;
import dev.candor.calibrators.internal.PoolAdjacentViolators;
import dev.candor.metrics.ExpectedCalibrationError;
import dev.candor.metrics.Forecasts;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What users of Python reach for, beside what stands here for it: one fit or one error each, on the
 * same numbers, in alternating order.
 *
 * <p>A pair gives one ratio of times. The other side's value tells that both did the same work: a
 * temperature has to reach a likelihood no worse, an error and an isotonic fit the same figure.
 */
final class CalibratorDuel {

    /** What is compared with what, and how much faster it is to be. */
    enum Contest {
        /** The temperature, beside L-BFGS with a small step and no line search. */
        LBFGS("TemperatureScaling", "temperature-lbfgs", 20),
        /** The temperature, beside thirty steps of bisection. */
        BISECTION("TemperatureScaling", "temperature-bisection", 5),
        /** The expected calibration error of confidences, beside torchmetrics. */
        ERROR("ExpectedCalibrationError", "calibration-error", 3),
        /** Isotonic regression of points, beside scikit-learn. */
        POINTS("PoolAdjacentViolators", "isotonic", 1),
        /** A calibrator of two classes from logits, its likelihoods included: more work. */
        ISOTONIC("IsotonicCalibration", "isotonic", 0);

        private final String ours;
        private final String theirs;
        private final double bar;

        Contest(String ours, String theirs, double bar) {
            this.ours = ours;
            this.theirs = theirs;
            this.bar = bar;
        }

        /** Fits of small logits take no time to speak of on either side. */
        private boolean hasBar(String shape) {
            return bar > 0 && (!isOfLogits() || shape.equals(BAR_SHAPE.toString()));
        }

        private boolean isOfLogits() {
            return this == LBFGS || this == BISECTION;
        }
    }

    static final LossShape BAR_SHAPE = new LossShape(50_000, 1_000);

    private static final double LOWER_LIKELIHOOD_BY = 1e-6;
    private static final double AGREEMENT = 1e-4;
    private static final String HEADER = "%-26s %-22s %-12s %10s %30s  %s%n";

    private final long seed;
    private final int pairs;
    private final Device device;
    private final Clock clock;
    private final PythonPeer peer;

    CalibratorDuel(long seed, int pairs, Device device, Clock clock, PythonPeer peer) {
        this.seed = seed;
        this.pairs = pairs;
        this.device = device;
        this.clock = clock;
        this.peer = peer;
    }

    /** How much faster this side was; {@code faster} is null without a peer. */
    record Row(
            Contest contest,
            String shape,
            Spread milliseconds,
            Spread faster,
            Verdict verdict,
            String remark) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", contest.ours);
            json.addProperty("peer", contest.theirs);
            json.addProperty("shape", shape);
            json.add("milliseconds", milliseconds.toJson());
            if (faster != null) {
                json.add("timesFaster", faster.toJson());
            }
            json.addProperty("bar", contest.bar);
            json.addProperty("verdict", verdict.toString());
            if (!remark.isEmpty()) {
                json.addProperty("remark", remark);
            }
            return json;
        }
    }

    /** Takes the shape of the logits, the number of confidences and of points. */
    List<Row> run(LossShape logits, int confidences, int points, PrintWriter out)
            throws IOException {
        out.printf(HEADER, "beside", "peer", "shape", "ms", "times faster", "at least");
        List<Row> rows = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            for (Contest contest : Contest.values()) {
                String shape =
                        contest.isOfLogits()
                                ? logits.toString()
                                : (contest == Contest.ERROR ? confidences : points) + "x1";
                try (NDManager scope = manager.newSubManager()) {
                    Row row = compare(contest, shape, work(contest, logits, shape, scope));
                    rows.add(row);
                    print(row, out);
                }
            }
        }
        return rows;
    }

    /** Work to be timed, and what came of it. */
    private interface Work {

        void run();

        double value();
    }

    private Work work(Contest contest, LossShape logits, String shape, NDManager scope) {
        if (contest.isOfLogits()) {
            return new TemperatureWork(logits, seed, scope);
        }
        int count = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        SeededNumbers numbers = new SeededNumbers(seed);
        double[] confidences = numbers.uniform(3, count);
        boolean[] correct = new boolean[count];
        double[] draws = numbers.uniform(4, count);
        for (int i = 0; i < count; i++) {
            correct[i] = draws[i] < confidences[i] * confidences[i];
        }
        return switch (contest) {
            case ERROR -> new ErrorWork(confidences, correct);
            case POINTS -> new PointsWork(confidences, correct);
            default -> new IsotonicWork(confidences, correct, scope);
        };
    }

    private Row compare(Contest contest, String shape, Work work) throws IOException {
        work.run();
        if (peer == null || !peer.knows(contest.theirs)) {
            return alone(contest, shape, work, "");
        }
        try {
            return beside(contest, shape, work);
        } catch (PythonPeer.TooLargeException e) {
            return alone(contest, shape, work, "too large for the peer: " + e.getMessage());
        }
    }

    private Row alone(Contest contest, String shape, Work work, String remark) {
        double[] milliseconds = new double[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            milliseconds[pair] = seconds(work) * 1e3;
        }
        return new Row(contest, shape, Spread.of(milliseconds), null, Verdict.NO_BAR, remark);
    }

    private Row beside(Contest contest, String shape, Work work)
            throws IOException, PythonPeer.TooLargeException {
        peer.measure(contest.theirs, shape, 1);
        double[] milliseconds = new double[pairs];
        double[] faster = new double[pairs];
        double theirValue = Double.NaN;
        for (int pair = 0; pair < pairs; pair++) {
            boolean theirsFirst = pair % 2 == 0;
            Timing theirs = theirsFirst ? peer.measure(contest.theirs, shape, 1) : null;
            double seconds = seconds(work);
            if (!theirsFirst) {
                theirs = peer.measure(contest.theirs, shape, 1);
            }
            milliseconds[pair] = seconds * 1e3;
            faster[pair] = theirs.seconds() / seconds;
            theirValue = theirs.value();
        }
        double value = work.value();
        boolean agree =
                contest.isOfLogits()
                        ? value <= theirValue + LOWER_LIKELIHOOD_BY
                        : Math.abs(value - theirValue) <= AGREEMENT;
        Spread spread = Spread.of(faster);
        return new Row(
                contest,
                shape,
                Spread.of(milliseconds),
                spread,
                agree && !contest.hasBar(shape)
                        ? Verdict.NO_BAR
                        : Verdict.of(agree && spread.median() >= contest.bar),
                String.format(Locale.ROOT, "value %.6f, theirs %.6f", value, theirValue));
    }

    private double seconds(Work work) {
        double start = clock.seconds();
        work.run();
        return clock.seconds() - start;
    }

    private static void print(Row row, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                HEADER,
                row.contest.ours,
                row.contest.theirs,
                row.shape,
                String.format(Locale.ROOT, "%.1f", row.milliseconds.median()),
                row.faster == null ? "-" : row.faster,
                (row.contest.hasBar(row.shape)
                                ? String.format(
                                        Locale.ROOT, "%.0f %s ", row.contest.bar, row.verdict)
                                : "- ")
                        + row.remark);
    }

    private static final class TemperatureWork implements Work {

        private final NDArray logits;
        private final NDArray labels;
        private TemperatureScaling fitted;

        TemperatureWork(LossShape shape, long seed, NDManager manager) {
            SeededLogits made = SeededLogits.of(shape, seed, manager);
            logits = made.logits();
            labels = made.labels();
        }

        @Override
        public void run() {
            fitted = TemperatureScaling.fit(logits, labels);
        }

        @Override
        public double value() {
            return fitted.summary().objectiveAfter();
        }
    }

    private static final class ErrorWork implements Work {

        private final double[] confidences;
        private final boolean[] correct;
        private double error;

        ErrorWork(double[] confidences, boolean[] correct) {
            this.confidences = confidences;
            this.correct = correct;
        }

        @Override
        public void run() {
            error = ExpectedCalibrationError.of().measure(Forecasts.of(confidences, correct));
        }

        @Override
        public double value() {
            return error;
        }
    }

    private static final class PointsWork implements Work {

        private final double[] x;
        private final double[] y;
        private Piecewise fitted;

        PointsWork(double[] confidences, boolean[] correct) {
            x = confidences;
            y = new double[correct.length];
            for (int i = 0; i < y.length; i++) {
                y[i] = correct[i] ? 1 : 0;
            }
        }

        @Override
        public void run() {
            fitted = PoolAdjacentViolators.of(x, y, null);
        }

        @Override
        public double value() {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                double miss = fitted.linear(x[i]) - y[i];
                sum += miss * miss;
            }
            return sum / x.length;
        }
    }

    private static final class IsotonicWork implements Work {

        private final NDArray logits;
        private final NDArray labels;
        private IsotonicCalibration fitted;

        IsotonicWork(double[] probabilities, boolean[] outcomes, NDManager manager) {
            double[] pairs = new double[2 * probabilities.length];
            long[] indices = new long[probabilities.length];
            for (int i = 0; i < probabilities.length; i++) {
                pairs[2 * i + 1] = Math.log(probabilities[i]) - Math.log1p(-probabilities[i]);
                indices[i] = outcomes[i] ? 1 : 0;
            }
            logits = manager.create(pairs, new Shape(probabilities.length, 2));
            labels = manager.create(indices);
        }

        @Override
        public void run() {
            fitted = IsotonicCalibration.builder().optLaplaceSmoothing(false).fit(logits, labels);
        }

        @Override
        public double value() {
            try (NDManager scope = logits.getManager().newSubManager()) {
                NDArray calibrated = fitted.apply(logits);
                calibrated.attach(scope);
                NDArray second = calibrated.get(":, 1").exp();
                NDArray outcomes = labels.toType(DataType.FLOAT64, false);
                return second.sub(outcomes).square().mean().getDouble();
            }
        }
    }
}
