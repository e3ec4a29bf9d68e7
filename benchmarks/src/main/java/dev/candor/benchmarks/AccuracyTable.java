package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.Calibrator;
import dev.candor.metrics.ClassForecasts;
import dev.candor.metrics.Predictions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Methods of calibration on sets of data: each fitted to one file and measured on another.
 *
 * @param resamples sets drawn for each interval
 * @param methods by name, the first of which leaves everything as it is
 * @param sets the data
 */
record AccuracyTable(int resamples, List<String> methods, List<DataSet> sets) {

    /** The name of doing nothing. */
    static final String NONE = "none";

    private static final int COVERAGES = 50;
    private static final String VALID = "_valid.npz";
    private static final String TEST = "_test.npz";

    /**
     * A set of data and what the methods made of it.
     *
     * @param name of its files
     * @param fitted rows that the methods were fitted to
     * @param measured rows that they were measured on
     * @param classes C
     * @param cells in the order of the methods
     */
    record DataSet(String name, long fitted, long measured, int classes, List<Cell> cells) {}

    /**
     * What a method made of a set.
     *
     * @param values what was measured; empty if the method refused
     * @param accuracy of the test rows
     * @param seconds of the fit
     * @param curve the error rate over the share of test rows answered
     * @param refusal why the method cannot run on this set; null if it can
     */
    record Cell(
            Map<Measure, Interval> values,
            double accuracy,
            double seconds,
            RiskCoverage curve,
            String refusal) {

        /** Of a method that cannot run. */
        static Cell refused(String refusal) {
            return new Cell(Map.of(), Double.NaN, Double.NaN, RiskCoverage.UNKNOWN, refusal);
        }

        boolean isRefused() {
            return refusal != null;
        }
    }

    /** A pair of files. */
    private record Pair(String name, Path valid, Path test) {}

    /**
     * Fits and measures.
     *
     * @param folder holds pairs of files {@code NAME_valid.npz} and {@code NAME_test.npz}
     * @param methods which methods
     * @param resamples sets drawn for each interval
     * @param progress is told how it goes
     * @throws IOException if there is no pair, or a file holds something else
     */
    static AccuracyTable run(Path folder, List<FitMethod> methods, int resamples, Progress progress)
            throws IOException {
        List<DataSet> sets = new ArrayList<>();
        for (Pair pair : pairs(folder)) {
            sets.add(measure(pair, methods, resamples, progress));
        }
        List<String> names = new ArrayList<>(List.of(NONE));
        methods.forEach(method -> names.add(method.name()));
        return new AccuracyTable(resamples, names, sets);
    }

    private static List<Pair> pairs(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new BadData("%s: no such folder", folder);
        }
        List<Pair> pairs = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + VALID)) {
            for (Path valid : files) {
                String file = valid.getFileName().toString();
                String name = file.substring(0, file.length() - VALID.length());
                Path test = folder.resolve(name + TEST);
                if (Files.exists(test)) {
                    pairs.add(new Pair(name, valid, test));
                }
            }
        }
        if (pairs.isEmpty()) {
            throw new BadData("%s: no pair of files NAME%s and NAME%s", folder, VALID, TEST);
        }
        pairs.sort((a, b) -> a.name.compareTo(b.name));
        return pairs;
    }

    private static DataSet measure(
            Pair pair, List<FitMethod> methods, int resamples, Progress progress)
            throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            ScoreFile valid = ScoreFile.read(pair.valid, manager, true);
            ScoreFile test = ScoreFile.read(pair.test, manager, true);
            long classes = valid.scores().getShape().get(1);
            if (test.scores().getShape().get(1) != classes) {
                throw new BadData(
                        "%s: %d classes, expected %d as in %s",
                        pair.test, test.scores().getShape().get(1), classes, pair.valid);
            }
            progress.begin(pair.name, methods.size() + 1);
            List<Cell> cells = new ArrayList<>();
            cells.add(cell(test.logits(), test.labels(), 0, resamples));
            progress.step();
            for (FitMethod method : methods) {
                progress.note(method.name());
                cells.add(cell(method, valid, test, resamples));
                progress.step();
            }
            long refused = cells.stream().filter(Cell::isRefused).count();
            progress.end(
                    String.format(
                            Locale.ROOT,
                            "%s: %d methods, %d cannot run on it",
                            pair.name,
                            methods.size(),
                            refused));
            return new DataSet(
                    pair.name, valid.labels().size(), test.labels().size(), (int) classes, cells);
        }
    }

    private static Cell cell(FitMethod method, ScoreFile valid, ScoreFile test, int resamples) {
        try (NDManager scope = test.scores().getManager().newSubManager()) {
            scope.tempAttachAll(valid.scores(), valid.labels(), test.scores(), test.labels());
            long begin = System.nanoTime();
            Calibrator calibrator =
                    method.fit().fit(valid.logits(), valid.labels(), FitOptions.NONE);
            double seconds = (System.nanoTime() - begin) * 1e-9;
            return cell(calibrator.apply(test.logits()), test.labels(), seconds, resamples);
        } catch (IllegalArgumentException e) {
            return Cell.refused(e.getMessage());
        }
    }

    private static Cell cell(NDArray logits, NDArray labels, double seconds, int resamples) {
        Predictions rows = Predictions.ofLogits(logits, labels);
        ClassForecasts classes = ClassForecasts.ofLogits(logits, labels);
        Map<Measure, Interval> values = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            values.put(measure, measure.of(rows, classes, resamples));
        }
        RiskCoverage curve = RiskCoverage.of(rows.topLabel(), COVERAGES);
        return new Cell(values, rows.accuracy(), seconds, curve, null);
    }

    /** The methods that ran on all sets. */
    List<String> complete() {
        return IntStream.range(0, methods.size())
                .filter(m -> sets.stream().noneMatch(set -> set.cells.get(m).isRefused()))
                .mapToObj(methods::get)
                .collect(Collectors.toList());
    }

    /** How the methods that ran on all sets rank, or null if there is too little to compare. */
    CriticalDifference ranks(Measure measure) {
        List<String> complete = complete();
        if (complete.size() < 2 || sets.size() < 2) {
            return null;
        }
        double[][] values =
                sets.stream()
                        .map(
                                set ->
                                        complete.stream()
                                                .map(methods::indexOf)
                                                .map(m -> set.cells.get(m).values.get(measure))
                                                .mapToDouble(Interval::value)
                                                .toArray())
                        .toArray(double[][]::new);
        return CriticalDifference.of(complete, values);
    }
}
