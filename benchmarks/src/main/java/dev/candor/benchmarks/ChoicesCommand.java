package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.BatchCalibration;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.Calibrators;
import dev.candor.calibrators.ContextualCalibration;
import dev.candor.calibrators.DirichletCalibration;
import dev.candor.calibrators.DomainContextCalibration;
import dev.candor.calibrators.EnsembleTemperatureScaling;
import dev.candor.calibrators.HistogramBinning;
import dev.candor.calibrators.IsotonicCalibration;
import dev.candor.calibrators.MatrixScaling;
import dev.candor.calibrators.RegionTemperatureScaling;
import dev.candor.calibrators.StructuredMatrixScaling;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.VectorScaling;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares calibrators on the answers of a language model to multiple-choice questions. */
@Command(
        name = "choices",
        header = "Compares calibrators on multiple-choice questions.",
        description = {
            "Fits each calibrator to the first file and measures it on the second: accuracy,"
                    + " calibration error of the confidence (conf-ECE) and of each option (cw-ECE),"
                    + " negative log-likelihood (NLL). Prints Markdown.",
            "'logits' are those of the options, [N, J]. The first file may also hold"
                    + " 'content_free' and 'domain_context', logits of the options without a"
                    + " question and at random words [M, J]; the second, 'subjects', a whole"
                    + " number for each question, by which a second table goes."
        })
final class ChoicesCommand implements Callable<Integer> {

    private static final String CONTENT_FREE = "content_free";
    private static final String DOMAIN_CONTEXT = "domain_context";
    private static final String SUBJECTS = "subjects";
    private static final String UNCHANGED = "as they are";
    private static final String TEMPERATURE = "TemperatureScaling";

    private static final Map<String, BiFunction<NDArray, NDArray, Calibrator>> LABELLED =
            new LinkedHashMap<>();

    static {
        LABELLED.put(TEMPERATURE, TemperatureScaling::fit);
        LABELLED.put("EnsembleTemperatureScaling", EnsembleTemperatureScaling::fit);
        LABELLED.put("RegionTemperatureScaling", RegionTemperatureScaling::fit);
        LABELLED.put("BatchCalibration, fitted", BatchCalibration::fit);
        LABELLED.put("VectorScaling", VectorScaling::fit);
        LABELLED.put("MatrixScaling", MatrixScaling::fit);
        LABELLED.put("DirichletCalibration", DirichletCalibration::fit);
        LABELLED.put("StructuredMatrixScaling", StructuredMatrixScaling::fit);
        LABELLED.put("IsotonicCalibration", IsotonicCalibration::fit);
        LABELLED.put("HistogramBinning", HistogramBinning::fit);
        LABELLED.put("Calibrators.best", Calibrators::best);
    }

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "VALID",
            description = "An npz file of questions to fit to.")
    private Path valid;

    @Parameters(
            index = "1",
            paramLabel = "TEST",
            description = "An npz file of questions to measure on.")
    private Path test;

    @Option(
            names = "--bins",
            paramLabel = "B",
            defaultValue = "10",
            description = "The number of bins. Default: ${DEFAULT-VALUE}.")
    private int bins;

    @Override
    public Integer call() throws IOException {
        if (bins < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--bins = " + bins + ", expected at least 1");
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            ScoreFile held = ScoreFile.read(valid, manager, true);
            ScoreFile measured = ScoreFile.read(test, manager, true);
            long options = held.logits().getShape().get(1);
            if (measured.logits().getShape().get(1) != options) {
                throw new BadData(
                        "%s: %d options, expected %d as in %s",
                        test, measured.logits().getShape().get(1), options, valid);
            }
            Map<String, NDArray> calibrated = calibrate(manager, held, measured.logits());
            PrintWriter out = spec.commandLine().getOut();
            table(out, calibrated, measured.labels());
            NDArray subjects = extra(test, SUBJECTS, manager);
            if (subjects != null) {
                bySubject(out, calibrated, measured.labels(), subjects);
            }
            out.flush();
        }
        return 0;
    }

    private Map<String, NDArray> calibrate(NDManager manager, ScoreFile held, NDArray logits)
            throws IOException {
        Map<String, NDArray> calibrated = new LinkedHashMap<>();
        calibrated.put(UNCHANGED, logits);
        NDArray contentFree = extra(valid, CONTENT_FREE, manager);
        if (contentFree != null) {
            add(calibrated, ContextualCalibration.fit(contentFree), held, logits);
        }
        NDArray domain = extra(valid, DOMAIN_CONTEXT, manager);
        if (domain != null) {
            add(calibrated, DomainContextCalibration.fit(domain), held, logits);
        }
        add(calibrated, BatchCalibration.of(held.logits()), held, logits);
        LABELLED.forEach(
                (name, fit) ->
                        calibrated.put(
                                name, fit.apply(held.logits(), held.labels()).apply(logits)));
        return calibrated;
    }

    /** A method that needs no labels, by itself and before temperature scaling. */
    private static void add(
            Map<String, NDArray> calibrated, Calibrator first, ScoreFile held, NDArray logits) {
        String name = first.getClass().getSimpleName();
        NDArray moved = first.apply(logits);
        calibrated.put(name, moved);
        Calibrator second = TemperatureScaling.fit(first.apply(held.logits()), held.labels());
        calibrated.put(name + ", " + TEMPERATURE, second.apply(moved));
    }

    private static NDArray extra(Path path, String key, NDManager manager) throws IOException {
        try (NpzFile file = NpzFile.open(path)) {
            return file.has(key) ? file.read(key, manager) : null;
        }
    }

    private void table(PrintWriter out, Map<String, NDArray> calibrated, NDArray labels) {
        out.println("| method | " + ChoiceFigures.HEADING + " |");
        out.println("|---|---|---|---|---|");
        calibrated.forEach(
                (name, logits) ->
                        out.println(
                                "| "
                                        + name
                                        + " | "
                                        + ChoiceFigures.of(logits, labels, bins).cells()
                                        + " |"));
    }

    private void bySubject(
            PrintWriter out, Map<String, NDArray> calibrated, NDArray labels, NDArray subjects)
            throws IOException {
        Shape shape = subjects.getShape();
        if (!shape.equals(labels.getShape())) {
            throw new BadData(
                    "%s: subjects have shape %s, expected %s, one for each row",
                    test, shape, labels.getShape());
        }
        Map<Double, Integer> counts = new TreeMap<>();
        for (double subject : subjects.toType(DataType.FLOAT64, false).toDoubleArray()) {
            counts.merge(subject, 1, Integer::sum);
        }
        out.println();
        out.println("| subject | questions | method | " + ChoiceFigures.HEADING + " |");
        out.println("|---|---|---|---|---|---|---|");
        for (Map.Entry<Double, Integer> entry : counts.entrySet()) {
            NDArray rows = subjects.toType(DataType.FLOAT64, false).eq(entry.getKey());
            calibrated.forEach(
                    (name, logits) ->
                            out.printf(
                                    "| %.0f | %d | %s | %s |%n",
                                    entry.getKey(),
                                    entry.getValue(),
                                    name,
                                    ChoiceFigures.of(logits.get(rows), labels.get(rows), bins)
                                            .cells()));
        }
    }
}
