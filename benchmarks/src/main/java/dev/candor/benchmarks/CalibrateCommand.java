package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.FitSummary;
import dev.candor.calibrators.TemperatureScaling;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Fits a calibrator. */
@Command(
        name = "calibrate",
        header = "Fits a calibrator to held-out predictions.",
        description = "The fit is to logits; of probabilities, to their logarithm.")
final class CalibrateCommand implements Callable<Integer> {

    /** The methods by their name in saved files. */
    enum Method {
        TEMPERATURE("temperature", TemperatureScaling::fit);

        private final String name;
        private final BiFunction<NDArray, NDArray, Calibrator> fit;

        Method(String name, BiFunction<NDArray, NDArray, Calibrator> fit) {
            this.name = name;
            this.fit = fit;
        }
    }

    /** Finds methods by name. */
    private static final class MethodConverter implements ITypeConverter<Method>, Iterable<String> {

        @Override
        public Method convert(String name) {
            for (Method method : Method.values()) {
                if (method.name.equals(name)) {
                    return method;
                }
            }
            throw new TypeConversionException(
                    String.format("'%s' is none of %s", name, String.join(", ", this)));
        }

        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Method.values()).map(method -> method.name).iterator();
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
            completionCandidates = MethodConverter.class,
            converter = MethodConverter.class,
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Method method;

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
        Output.checkTarget(target);
        FitSummary summary;
        long rows;
        try (NDManager manager = NDManager.newBaseManager()) {
            ScoreFile data = ScoreFile.read(file, manager, true);
            rows = data.labels().size();
            Calibrator calibrator = method.fit.apply(data.logits(), data.labels());
            calibrator.save(target);
            summary = calibrator.summary();
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(toJson(summary));
        } else {
            print(summary, rows, out);
        }
        return 0;
    }

    private JsonObject toJson(FitSummary summary) {
        JsonObject parameters = new JsonObject();
        summary.parameters().forEach((name, values) -> parameters.add(name, toJson(values)));
        JsonObject object = new JsonObject();
        object.addProperty("method", method.name);
        object.add("parameters", parameters);
        object.add("nllBefore", Json.number(summary.objectiveBefore()));
        object.add("nllAfter", Json.number(summary.objectiveAfter()));
        object.addProperty("status", summary.status().name());
        object.addProperty("iterations", summary.iterations());
        object.add("seconds", Json.number(summary.seconds()));
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

    private void print(FitSummary summary, long rows, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "%s, %,d rows: %s after %d iterations, %.2f s%n",
                file,
                rows,
                summary.status(),
                summary.iterations(),
                summary.seconds());
        for (Map.Entry<String, double[]> parameter : summary.parameters().entrySet()) {
            double[] values = parameter.getValue();
            String shown =
                    values.length == 1
                            ? String.format(Locale.ROOT, "%.6g", values[0])
                            : values.length + " values";
            out.printf("  %-16s %s%n", parameter.getKey(), shown);
        }
        out.printf(
                Locale.ROOT,
                "  %-16s %.4f, before %.4f%n",
                "NLL",
                summary.objectiveAfter(),
                summary.objectiveBefore());
        out.printf("saved as %s%n", target);
    }
}
