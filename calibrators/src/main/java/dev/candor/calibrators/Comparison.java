package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.StructuredMatrixScaling.Form;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.LogitBatch;
import dev.candor.internal.Softmax;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Chooses a method by cross-validation. */
final class Comparison {

    private static final int FOLDS = 5;
    private static final int TOO_FEW = 50;
    private static final int FEW = 1000;
    private static final int FEW_PER_CLASS = 20;
    private static final int MOST_CLASSES_OF_A_MATRIX = 200;

    private final LabelledLogits data;
    private final int size;

    private Comparison(LabelledLogits data) {
        this.data = data;
        this.size = Math.toIntExact(data.size());
    }

    /**
     * What was chosen.
     *
     * @param calibrator fitted to all samples
     * @param reasons sentences
     */
    record Choice(FittedCalibrator calibrator, List<String> reasons) {}

    /** A method that takes part. */
    private record Candidate(String name, Function<LabelledLogits, FittedCalibrator> fit) {

        static Candidate of(String name, FitBuilder<?, ? extends FittedCalibrator> builder) {
            return new Candidate(name, samples -> builder.fit(samples, System.nanoTime()));
        }
    }

    /** Compares, and fits the best. */
    static Choice of(NDArray logits, NDArray labels, long seed) {
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            return new Comparison(LabelledLogits.of(scope, logits, labels, null)).choose(seed);
        }
    }

    private Choice choose(long seed) {
        FittedCalibrator temperature = temperature().fit.apply(data);
        Status status = temperature.summary().status();
        if (status != Status.CONVERGED) {
            Candidate smoothing = smoothing();
            String reason =
                    String.format(
                            Locale.ROOT,
                            "no temperature is best (%s), and %s smooths",
                            status,
                            smoothing.name);
            return new Choice(smoothing.fit.apply(data), List.of(reason));
        }
        if (size < TOO_FEW) {
            String reason =
                    String.format(
                            Locale.ROOT,
                            "%d samples are too few for a comparison, which takes %d",
                            size,
                            TOO_FEW);
            return new Choice(temperature, List.of(reason));
        }
        return validated(seed, temperature);
    }

    private static Candidate temperature() {
        return Candidate.of("temperature scaling", TemperatureScaling.builder());
    }

    private Candidate smoothing() {
        return data.classes() == 2
                ? Candidate.of("Platt scaling", PlattScaling.builder())
                : structured(mostStructure());
    }

    private Form mostStructure() {
        return data.classes() > MOST_CLASSES_OF_A_MATRIX ? Form.VECTOR : Form.MATRIX;
    }

    private static Candidate structured(Form form) {
        String name = "structured " + form.name().toLowerCase(Locale.ROOT) + " scaling";
        return Candidate.of(name, StructuredMatrixScaling.builder().optForm(form));
    }

    /** The methods that take part, from the simplest. */
    private List<Candidate> candidates() {
        boolean few = size < Math.max(FEW, FEW_PER_CLASS * data.classes());
        List<Candidate> candidates = new ArrayList<>();
        candidates.add(temperature());
        if (!few) {
            candidates.add(
                    Candidate.of(
                            "ensemble temperature scaling", EnsembleTemperatureScaling.builder()));
        }
        if (data.classes() == 2) {
            candidates.add(Candidate.of("logistic scaling", LogisticScaling.builder()));
            if (!few) {
                candidates.add(Candidate.of("beta calibration", BetaCalibration.builder()));
            }
            return candidates;
        }
        if (!few && mostStructure() == Form.MATRIX) {
            candidates.add(structured(Form.VECTOR));
        }
        candidates.add(structured(mostStructure()));
        return candidates;
    }

    private Choice validated(long seed, FittedCalibrator temperature) {
        List<Candidate> candidates = candidates();
        double[][] losses = losses(candidates, seed);
        double[] means =
                Arrays.stream(losses)
                        .mapToDouble(loss -> Arrays.stream(loss).average().orElseThrow())
                        .toArray();
        int best = 0;
        for (int c = 1; c < means.length; c++) {
            best = means[c] < means[best] ? c : best;
        }
        int chosen = 0;
        while (means[chosen] - means[best] > standardError(losses[chosen], losses[best])) {
            chosen++;
        }
        List<String> reasons = new ArrayList<>();
        reasons.add(
                String.format(
                        Locale.ROOT,
                        "negative log-likelihood in %d-fold cross-validation on %d samples of %d"
                                + " classes: %s; %.6f without calibration",
                        FOLDS,
                        size,
                        data.classes(),
                        IntStream.range(0, means.length)
                                .mapToObj(c -> shown(candidates.get(c), means[c]))
                                .collect(Collectors.joining(", ")),
                        temperature.summary().objectiveBefore()));
        reasons.add(reason(candidates, losses, means, chosen, best));
        return new Choice(candidates.get(chosen).fit.apply(data), reasons);
    }

    private static String shown(Candidate candidate, double mean) {
        return String.format(Locale.ROOT, "%s %.6f", candidate.name, mean);
    }

    private static String reason(
            List<Candidate> candidates, double[][] losses, double[] means, int chosen, int best) {
        String name = candidates.get(chosen).name;
        if (chosen == best) {
            return best == 0
                    ? name + " is best, and simplest"
                    : String.format(
                            Locale.ROOT,
                            "%s is best, ahead of %s by %.6f, with a standard error of %.6f",
                            name,
                            candidates.get(best - 1).name,
                            means[best - 1] - means[best],
                            standardError(losses[best - 1], losses[best]));
        }
        return String.format(
                Locale.ROOT,
                "%s is simpler than %s, which is ahead by %.6f, within a standard error of %.6f",
                name,
                candidates.get(best).name,
                means[chosen] - means[best],
                standardError(losses[chosen], losses[best]));
    }

    /** Standard error of the mean difference of losses on the same samples. */
    private static double standardError(double[] left, double[] right) {
        double mean = 0;
        for (int i = 0; i < left.length; i++) {
            mean += (left[i] - right[i]) / left.length;
        }
        double squares = 0;
        for (int i = 0; i < left.length; i++) {
            double away = left[i] - right[i] - mean;
            squares += away * away;
        }
        return Math.sqrt(squares / (left.length - 1.0) / left.length);
    }

    /** The loss of each sample under a fit that did not see it, for each method. */
    private double[][] losses(List<Candidate> candidates, long seed) {
        int[] folds = folds(seed);
        double[][] losses = new double[candidates.size()][size];
        for (int fold = 0; fold < FOLDS; fold++) {
            int left = fold;
            double[] weights = Arrays.stream(folds).mapToDouble(f -> f == left ? 0 : 1).toArray();
            for (int c = 0; c < losses.length; c++) {
                try (NDManager manager = data.scope().newSubManager()) {
                    LabelledLogits others = data.weighted(manager.create(weights));
                    FittedCalibrator fitted = candidates.get(c).fit.apply(others);
                    validate(fitted, folds, fold, losses[c]);
                }
            }
        }
        return losses;
    }

    private void validate(FittedCalibrator fitted, int[] folds, int fold, double[] losses) {
        Float64Chunk.forEach(
                data,
                chunk -> {
                    NDArray logProbabilities = Softmax.log(fitted.apply(chunk.logits()));
                    NDArray likely = LogitBatch.pick(logProbabilities, chunk.labels());
                    double[] values = likely.toDoubleArray();
                    int first = Math.toIntExact(chunk.first());
                    for (int i = 0; i < values.length; i++) {
                        if (folds[first + i] == fold) {
                            losses[first + i] = -values[i];
                        }
                    }
                });
    }

    /** Folds in which each label is as frequent as the number of its samples allows. */
    private int[] folds(long seed) {
        long[] labels = new long[size];
        Float64Chunk.forEach(
                data,
                chunk ->
                        System.arraycopy(
                                chunk.labels().toLongArray(),
                                0,
                                labels,
                                Math.toIntExact(chunk.first()),
                                Math.toIntExact(chunk.labels().size())));
        int[] order = IntStream.range(0, size).toArray();
        Random random = new Random(seed);
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        int[] sorted =
                Arrays.stream(order)
                        .boxed()
                        .sorted((i, j) -> Long.compare(labels[i], labels[j]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        int[] folds = new int[size];
        for (int i = 0; i < size; i++) {
            folds[sorted[i]] = i % FOLDS;
        }
        return folds;
    }
}
