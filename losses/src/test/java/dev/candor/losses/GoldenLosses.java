package dev.candor.losses;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Loss values and gradients of golden/losses.json, which names the tool that made them. */
record GoldenLosses(
        String source, Map<String, Batch> batches, Map<String, Map<String, Object>> losses) {

    static final GoldenLosses INSTANCE = read();

    private static GoldenLosses read() {
        try (Reader reader =
                new InputStreamReader(
                        GoldenLosses.class.getResourceAsStream("/golden/losses.json"),
                        StandardCharsets.UTF_8)) {
            return new Gson().fromJson(reader, GoldenLosses.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    double value(String row, String batch) {
        return Double.parseDouble((String) row(row).get(batch));
    }

    boolean has(String row, String batch) {
        return row(row).containsKey(batch);
    }

    double[] gradientOnBatchA(String row) {
        return ((List<?>) row(row).get("gradA"))
                .stream().mapToDouble(g -> Double.parseDouble((String) g)).toArray();
    }

    private Map<String, Object> row(String row) {
        Map<String, Object> values = losses.get(row);
        if (values == null) {
            throw new IllegalArgumentException(
                    "no golden row '" + row + "', there are " + losses.keySet());
        }
        return values;
    }

    record Batch(double[][] logits, long[] labels) {}
}
