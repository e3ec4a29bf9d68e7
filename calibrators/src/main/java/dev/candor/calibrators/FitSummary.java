package dev.candor.calibrators;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How a fit went: its outcome, its cost, and the parameters it found. Immutable. */
public final class FitSummary {

    /** How a fit ended. */
    public enum Status {
        /** The optimum was found. */
        CONVERGED,
        /** The limit of iterations was reached; the parameters are the best that were seen. */
        MAX_ITERATIONS,
        /**
         * No finite optimum: every sample is classified right, so the likelihood grows as the
         * temperature falls to zero. The temperature is the smallest that is tried.
         */
        TEMPERATURE_TO_ZERO,
        /**
         * No finite optimum: the logits of the labels lie on average no higher than the mean logit,
         * so the likelihood grows with the temperature. The temperature is the largest that is
         * tried.
         */
        TEMPERATURE_TO_INFINITY,
        /**
         * No finite optimum: the map can classify every sample right, so the likelihood grows as
         * its parameters do. They are those at which the gradient faded.
         */
        SEPARABLE,
        /**
         * No finite optimum: some class is the label of no sample, so the likelihood grows as its
         * bias falls. The parameters are those at which the gradient faded.
         */
        CLASS_WITHOUT_SAMPLES,
        /**
         * No step lowered the objective any more although its gradient had not vanished; the
         * parameters are the best that were seen.
         */
        STALLED,
        /**
         * The objective of held-out samples fell no more; the parameters are those at which it was
         * lowest.
         */
        EARLY_STOPPED,
        /** Too few samples to train a network: the map is the best temperature. */
        TOO_FEW_SAMPLES,
        /**
         * The logits carry no information, such as constant rows. The map is the identity, but for
         * the bias of methods that have one.
         */
        DEGENERATE,
        /** Nothing was fitted: the parameters were given. */
        GIVEN
    }

    private static final int LONGEST_SHOWN = 8;

    private final Status status;
    private final int iterations;
    private final double objectiveBefore;
    private final double objectiveAfter;
    private final double seconds;
    private final Map<String, double[]> parameters;
    private final List<String> reasons;

    FitSummary(
            Status status,
            int iterations,
            double objectiveBefore,
            double objectiveAfter,
            double seconds,
            List<Coefficient> coefficients) {
        this(
                status,
                iterations,
                objectiveBefore,
                objectiveAfter,
                seconds,
                parameters(coefficients),
                List.of());
    }

    private FitSummary(
            Status status,
            int iterations,
            double objectiveBefore,
            double objectiveAfter,
            double seconds,
            Map<String, double[]> parameters,
            List<String> reasons) {
        this.status = status;
        this.iterations = iterations;
        this.objectiveBefore = objectiveBefore;
        this.objectiveAfter = objectiveAfter;
        this.seconds = seconds;
        this.parameters = parameters;
        this.reasons = reasons;
    }

    private static Map<String, double[]> parameters(List<Coefficient> coefficients) {
        Map<String, double[]> parameters = new LinkedHashMap<>();
        coefficients.forEach(c -> parameters.put(c.name(), c.values()));
        return parameters;
    }

    /** The same summary of a calibrator that was chosen for some reasons, in some time. */
    FitSummary chosen(List<String> why, double duration) {
        return new FitSummary(
                status,
                iterations,
                objectiveBefore,
                objectiveAfter,
                duration,
                parameters,
                List.copyOf(why));
    }

    static FitSummary given(List<Coefficient> coefficients) {
        return new FitSummary(Status.GIVEN, 0, Double.NaN, Double.NaN, 0, coefficients);
    }

    /**
     * Returns how the fit ended.
     *
     * @return the status
     */
    public Status status() {
        return status;
    }

    /**
     * Returns the number of iterations over all samples.
     *
     * @return the number
     */
    public int iterations() {
        return iterations;
    }

    /**
     * Returns the objective of the logits as they came, the mean negative log-likelihood in nats
     * unless the method says otherwise.
     *
     * @return the objective; NaN where nothing was fitted
     */
    public double objectiveBefore() {
        return objectiveBefore;
    }

    /**
     * Returns the objective at the fitted parameters, on the samples of the fit.
     *
     * @return the objective, never above {@link #objectiveBefore()} unless the method says
     *     otherwise; NaN where nothing was fitted
     */
    public double objectiveAfter() {
        return objectiveAfter;
    }

    /**
     * Returns the duration of the fit.
     *
     * @return seconds of wall time
     */
    public double seconds() {
        return seconds;
    }

    /**
     * Returns the parameters by name, in a fixed order. Matrices are flattened by rows.
     *
     * @return copies of the parameters
     */
    public Map<String, double[]> parameters() {
        Map<String, double[]> copies = new LinkedHashMap<>();
        parameters.forEach((name, values) -> copies.put(name, values.clone()));
        return Collections.unmodifiableMap(copies);
    }

    /**
     * Returns a parameter that is a single number.
     *
     * @param name the name, such as {@code temperature}
     * @return the value
     * @throws IllegalArgumentException if there is no such parameter, or it holds several numbers
     */
    public double parameter(String name) {
        double[] values = parameters.get(name);
        Checks.that(values != null, "no parameter '%s', there are %s", name, parameters.keySet());
        Checks.that(values.length == 1, "parameter '%s' holds %d values", name, values.length);
        return values[0];
    }

    /**
     * Returns why this method was chosen among others, by {@link Calibrators#best}.
     *
     * @return sentences; none where the method was not chosen that way
     */
    public List<String> reasons() {
        return reasons;
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("status", status.name());
        json.addProperty("iterations", iterations);
        if (status != Status.GIVEN) {
            json.addProperty("objectiveBefore", objectiveBefore);
            json.addProperty("objectiveAfter", objectiveAfter);
        }
        json.addProperty("seconds", seconds);
        if (!reasons.isEmpty()) {
            JsonArray sentences = new JsonArray();
            reasons.forEach(sentences::add);
            json.add("reasons", sentences);
        }
        return json;
    }

    static FitSummary fromJson(JsonObject json, List<Coefficient> coefficients) {
        return new FitSummary(
                Status.valueOf(json.get("status").getAsString()),
                json.get("iterations").getAsInt(),
                number(json.get("objectiveBefore")),
                number(json.get("objectiveAfter")),
                json.get("seconds").getAsDouble(),
                parameters(coefficients),
                json.has("reasons")
                        ? json.getAsJsonArray("reasons").asList().stream()
                                .map(JsonElement::getAsString)
                                .collect(Collectors.toUnmodifiableList())
                        : List.of());
    }

    private static double number(JsonElement element) {
        return element == null ? Double.NaN : element.getAsDouble();
    }

    @Override
    public String toString() {
        String shown =
                parameters.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + shown(entry.getValue()))
                        .collect(Collectors.joining(", "));
        if (status == Status.GIVEN) {
            return "GIVEN, " + shown;
        }
        return String.format(
                Locale.ROOT,
                "%s after %d iterations, objective %.6f -> %.6f, %s, %.3f s",
                status,
                iterations,
                objectiveBefore,
                objectiveAfter,
                shown,
                seconds);
    }

    private static String shown(double[] values) {
        if (values.length > LONGEST_SHOWN) {
            return "[" + values.length + " values]";
        }
        String joined =
                Arrays.stream(values)
                        .mapToObj(value -> String.format(Locale.ROOT, "%.6g", value))
                        .collect(Collectors.joining(", "));
        return values.length == 1 ? joined : "[" + joined + "]";
    }
}
