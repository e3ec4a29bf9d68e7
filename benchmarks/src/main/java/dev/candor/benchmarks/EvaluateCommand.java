package dev.candor.benchmarks;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import dev.candor.calibrators.Calibrators;
import dev.candor.metrics.CalibrationReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures predictions. */
@Command(
        name = "evaluate",
        header = "Measures predictions.",
        description = {
            "Accuracy, negative log-likelihood in nats (nll), Brier score, expected calibration"
                    + " error over bins of equal width (ece) and of equal mass (eceEqualMass), and"
                    + " maximum calibration error (mce).",
            "A calibrator corrects logits; of probabilities, their logarithm."
        })
final class EvaluateCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "NPZ", description = "Predictions and labels.")
    private Path file;

    @Option(
            names = "--calibrator",
            paramLabel = "CALIBRATOR",
            description = "Measures the predictions as this calibrator corrects them.")
    private Path calibrator;

    @Option(
            names = "--bins",
            paramLabel = "B",
            defaultValue = "15",
            description = "The number of bins. Default: ${DEFAULT-VALUE}.")
    private int bins;

    @Option(names = "--json", description = "Prints one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (bins < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--bins = " + bins + ", expected at least 1");
        }
        CalibrationReport report = measure();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(toJson(report));
        } else {
            print(report, out);
        }
        return 0;
    }

    private CalibrationReport measure() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            ScoreFile data = ScoreFile.read(file, manager, true);
            if (calibrator != null) {
                return CalibrationReport.of(
                        Calibrators.load(calibrator).apply(data.logits()), data.labels(), bins);
            }
            return data.kind() == ScoreFile.Kind.LOGITS
                    ? CalibrationReport.of(data.scores(), data.labels(), bins)
                    : CalibrationReport.ofProbabilities(data.scores(), data.labels(), bins);
        }
    }

    /** The numbers of a report by the keys of the contract. */
    static JsonObject toJson(CalibrationReport report) {
        return CalibrationFigures.of(report, RiskCoverage.UNKNOWN).numbers();
    }

    private void print(CalibrationReport report, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%s, %,d rows, %d classes, %d bins%n",
                file,
                report.n(),
                report.classes(),
                report.bins());
        line(out, "accuracy", report.accuracy());
        line(out, "NLL", report.nll());
        line(out, "Brier", report.brier());
        line(out, "ECE", report.ece());
        line(out, "ECE, equal mass", report.eceEqualMass());
        line(out, "MCE", report.mce());
    }

    private static void line(PrintWriter out, String name, double value) {
        out.printf(Locale.ROOT, "  %-16s %.4f%n", name, value);
    }
}
