package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.FitSummary;
import dev.candor.calibrators.Objective;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Fits a calibrator. */
@Command(
        name = "calibrate",
        header = "Fits a calibrator to held-out predictions.",
        description = "The fit is to logits; of probabilities, to their logarithm.")
final class CalibrateCommand implements Callable<Integer> {

    /** What is minimised, as it is called here. */
    enum Goal {
        NLL("nll", Objective.LIKELIHOOD),
        BRIER("brier", Objective.BRIER),
        SOFT_BINNED_ECE("softBinnedEce", Objective.SOFT_BINNED_ECE);

        private final String name;
        private final Objective objective;

        Goal(String name, Objective objective) {
            this.name = name;
            this.objective = objective;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Finds methods by name. */
    static final class MethodConverter implements ITypeConverter<FitMethod> {

        @Override
        public FitMethod convert(String name) {
            return FitMethods.of(name)
                    .orElseThrow(
                            () ->
                                    new TypeConversionException(
                                            String.format(
                                                    "'%s' is none of %s",
                                                    name,
                                                    String.join(", ", new FitMethods.Names()))));
        }
    }

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "NPZ",
            description = "Predictions and labels that the network was not trained on.")
    private Path file;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = "temperature",
            completionCandidates = FitMethods.Names.class,
            converter = MethodConverter.class,
            description =
                    "One of ${COMPLETION-CANDIDATES}. 'candor methods' says what they are. Default:"
                            + " ${DEFAULT-VALUE}.")
    private FitMethod method;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            description = "What is minimised: ${COMPLETION-CANDIDATES}. Default: nll.")
    private Goal goal;

    @Option(names = "--bins", paramLabel = "B", description = "The number of bins or regions.")
    private Integer bins;

    @Option(
            names = "--lambda",
            paramLabel = "X",
            description = "The weight of the penalty; of sms and svs, a multiple of the usual one.")
    private Double lambda;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "How samples are parted, where they are. Default: 0.")
    private Long seed;

    @Option(
            names = "--out",
            paramLabel = "CALIBRATOR",
            required = true,
            description = "Where to save the calibrator.")
    private Path target;

    @Option(names = "--json", description = "Prints one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        FitOptions options = options();
        Output.checkTarget(target);
        Fitted fitted;
        try (NDManager manager = NDManager.newBaseManager()) {
            fitted = fit(ScoreFile.read(file, manager, true), options);
            fitted.calibrator.save(target);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(toJson(fitted));
        } else {
            print(fitted, out);
        }
        return 0;
    }

    /** A calibrator, and the likelihoods, which not every fit minimises. */
    private record Fitted(Calibrator calibrator, long rows, double before, double after) {}

    private FitOptions options() {
        require(bins == null || bins > 0, "--bins = " + bins + ", expected at least 1");
        require(
                lambda == null || lambda >= 0 && Double.isFinite(lambda),
                "--lambda = " + lambda + ", expected a finite number of at least 0");
        FitOptions options =
                FitOptions.NONE
                        .with(FitOptions.Option.OBJECTIVE, goal == null ? null : goal.objective)
                        .with(FitOptions.Option.BINS, bins)
                        .with(FitOptions.Option.LAMBDA, lambda)
                        .with(FitOptions.Option.SEED, seed);
        for (FitOptions.Option option : options.given()) {
            require(
                    method.options().contains(option),
                    option.name + " does not apply to " + method.name());
        }
        return options;
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    private Fitted fit(ScoreFile data, FitOptions options) throws IOException {
        NDArray logits = data.logits();
        NDArray labels = data.labels();
        try {
            Calibrator calibrator = method.fit().fit(logits, labels, options);
            return new Fitted(
                    calibrator,
                    labels.size(),
                    Likelihood.of(logits, labels, z -> z),
                    Likelihood.of(logits, labels, calibrator::apply));
        } catch (IllegalArgumentException e) {
            throw new BadData(e, "%s: %s", file, e.getMessage());
        }
    }

    private static JsonObject toJson(Fitted fitted) {
        FitSummary summary = fitted.calibrator.summary();
        JsonObject parameters = new JsonObject();
        summary.parameters().forEach((name, values) -> parameters.add(name, toJson(values)));
        JsonObject object = new JsonObject();
        object.addProperty("method", fitted.calibrator.method());
        object.add("parameters", parameters);
        object.add("nllBefore", Json.number(fitted.before));
        object.add("nllAfter", Json.number(fitted.after));
        object.addProperty("status", summary.status().name());
        object.addProperty("iterations", summary.iterations());
        object.add("seconds", Json.number(summary.seconds()));
        if (!summary.reasons().isEmpty()) {
            JsonArray reasons = new JsonArray();
            summary.reasons().forEach(reasons::add);
            object.add("reasons", reasons);
        }
        return object;
    }

    private static JsonElement toJson(double[] values) {
        if (values.length == 1) {
            return Json.number(values[0]);
        }
        JsonArray array = new JsonArray();
        for (double value : values) {
            array.add(Json.number(value));
        }
        return array;
    }

    private void print(Fitted fitted, PrintWriter out) {
        FitSummary summary = fitted.calibrator.summary();
        out.printf(
                Locale.ROOT,
                "%s, %,d rows: %s after %d iterations, %.2f s%n",
                file,
                fitted.rows,
                summary.status(),
                summary.iterations(),
                summary.seconds());
        summary.reasons().forEach(reason -> out.printf("  %s%n", reason));
        for (Map.Entry<String, double[]> parameter : summary.parameters().entrySet()) {
            double[] values = parameter.getValue();
            String shown =
                    values.length == 1
                            ? String.format(Locale.ROOT, "%.6g", values[0])
                            : values.length + " values";
            out.printf("  %-16s %s%n", parameter.getKey(), shown);
        }
        out.printf(Locale.ROOT, "  %-16s %.4f, before %.4f%n", "NLL", fitted.after, fitted.before);
        out.printf("saved as %s%n", target);
    }
}
