package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Values of golden/metrics.json, which names the tools that made them. */
record GoldenMetrics(String source, Map<String, Map<String, Double>> values) {

    /** The values are given to twelve digits. */
    static final double TOLERANCE = 1e-11;

    private static final double TEN_DIGITS_TOLERANCE = 1e-10;

    private static final Set<String> TEN_DIGITS =
            Set.of(
                    "reliability 10",
                    "resolution 10",
                    "uncertainty",
                    "within-bin variance 10",
                    "within-bin covariance 10",
                    "avuc loss");

    /** Libraries that compute in float32. */
    static final double FLOAT32_TOLERANCE = 1e-6;

    private static final GoldenMetrics INSTANCE = read();

    private static GoldenMetrics read() {
        try (Reader reader =
                new InputStreamReader(
                        GoldenMetrics.class.getResourceAsStream("/golden/metrics.json"),
                        StandardCharsets.UTF_8)) {
            return new Gson().fromJson(reader, GoldenMetrics.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static double value(String row, String set) {
        Map<String, Double> sets = INSTANCE.values.get(row);
        assertThat(sets).as("golden row '%s'", row).isNotNull().containsKey(set);
        return sets.get(set);
    }

    /** Asserts the row on sets A and B, where it has values. */
    static void assertPredictions(String row, ToDoubleFunction<Predictions> metric) {
        for (PostHocData set : sets(row)) {
            assertThat(metric.applyAsDouble(set.predictions()))
                    .as("%s on %s", row, set)
                    .isCloseTo(value(row, set.name()), within(tolerance(row)));
        }
    }

    /** Asserts the row on the confidences of sets A and B, and on set C if it has a value there. */
    static void assertForecasts(String row, ToDoubleFunction<Forecasts> metric) {
        assertPredictions(row, predictions -> metric.applyAsDouble(predictions.topLabel()));
        if (INSTANCE.values.get(row).containsKey("C")) {
            assertThat(metric.applyAsDouble(PostHocData.binary()))
                    .as("%s on C", row)
                    .isCloseTo(value(row, "C"), within(tolerance(row)));
        }
    }

    /** Asserts the row on the probabilities of all classes of sets A and B. */
    static void assertClasses(String row, ToDoubleFunction<ClassForecasts> metric) {
        for (PostHocData set : sets(row)) {
            assertThat(metric.applyAsDouble(set.classes()))
                    .as("%s on %s", row, set)
                    .isCloseTo(value(row, set.name()), within(tolerance(row)));
        }
    }

    private static List<PostHocData> sets(String row) {
        assertThat(INSTANCE.values).containsKey(row);
        return Arrays.stream(PostHocData.values())
                .filter(set -> INSTANCE.values.get(row).containsKey(set.name()))
                .toList();
    }

    private static double tolerance(String row) {
        return row.startsWith("torchmetrics")
                ? FLOAT32_TOLERANCE
                : TEN_DIGITS.contains(row) ? TEN_DIGITS_TOLERANCE : TOLERANCE;
    }
}
