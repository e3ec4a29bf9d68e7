package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trainings of a comparison of losses, kept in a folder as they come. */
final class TextStudy {

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

    private final Path folder;
    private final JsonObject content;

    private TextStudy(Path folder, JsonObject content) {
        this.folder = folder;
        this.content = content;
    }

    /**
     * Opens what is there, or begins.
     *
     * @param folder the folder, made if need be
     * @param settings what the results depend on
     * @throws IOException if the folder holds results of other settings
     */
    static TextStudy open(Path folder, String settings) throws IOException {
        Path file = folder.resolve("results.json");
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            JsonObject content = new JsonObject();
            content.addProperty("settings", settings);
            content.add("trainings", new JsonArray());
            return new TextStudy(folder, content);
        }
        try {
            JsonObject content = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
            String earlier = content.get("settings").getAsString();
            if (!earlier.equals(settings)) {
                throw new BadData(
                        "%s: made with other settings: '%s', not '%s'", file, earlier, settings);
            }
            content.getAsJsonArray("trainings");
            return new TextStudy(folder, content);
        } catch (JsonParseException | IllegalStateException | NullPointerException e) {
            throw new BadData(e, "%s: is damaged", file);
        }
    }

    private JsonArray trainings() {
        return content.getAsJsonArray("trainings");
    }

    boolean has(String loss, int seed) {
        for (JsonElement training : trainings()) {
            JsonObject object = training.getAsJsonObject();
            if (object.get("loss").getAsString().equals(loss)
                    && object.get("seed").getAsInt() == seed) {
                return true;
            }
        }
        return false;
    }

    /** Adds a training, and writes both files. */
    void add(String loss, int seed, JsonObject result) throws IOException {
        JsonObject training = new JsonObject();
        training.addProperty("loss", loss);
        training.addProperty("seed", seed);
        result.entrySet().forEach(entry -> training.add(entry.getKey(), entry.getValue()));
        trainings().add(training);
        Output.write(folder.resolve("results.json"), GSON.toJson(content) + "\n");
        Output.write(folder.resolve("results.md"), markdown());
    }

    /** Means and standard deviations over seeds. */
    String markdown() {
        Map<String, List<JsonObject>> losses = new LinkedHashMap<>();
        for (JsonElement training : trainings()) {
            JsonObject object = training.getAsJsonObject();
            losses.computeIfAbsent(object.get("loss").getAsString(), name -> new ArrayList<>())
                    .add(object);
        }
        StringBuilder table = new StringBuilder();
        table.append("Settings: ").append(content.get("settings").getAsString()).append("\n\n");
        table.append(
                "| loss | seeds | accuracy % | ECE % | NLL | AUROC % | FPR95 % | T"
                        + " | ECE % at T | NLL at T | AUROC % at T | FPR95 % at T |\n"
                        + "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        losses.forEach(
                (name, runs) -> {
                    table.append("| ").append(name).append(" | ").append(runs.size());
                    cell(table, runs, "before", "accuracy", 100, 2);
                    cell(table, runs, "before", "ece", 100, 2);
                    cell(table, runs, "before", "nll", 1, 3);
                    cell(table, runs, "before", "auroc", 100, 2);
                    cell(table, runs, "before", "fpr95", 100, 2);
                    cell(table, runs, null, "temperature", 1, 3);
                    cell(table, runs, "after", "ece", 100, 2);
                    cell(table, runs, "after", "nll", 1, 3);
                    cell(table, runs, "after", "auroc", 100, 2);
                    cell(table, runs, "after", "fpr95", 100, 2);
                    table.append(" |\n");
                });
        return table.toString();
    }

    private static void cell(
            StringBuilder table,
            List<JsonObject> runs,
            String step,
            String figure,
            double factor,
            int digits) {
        double[] values = new double[runs.size()];
        for (int i = 0; i < values.length; i++) {
            JsonObject run = runs.get(i);
            JsonElement value = (step == null ? run : run.getAsJsonObject(step)).get(figure);
            values[i] = value.isJsonNull() ? Double.NaN : factor * value.getAsDouble();
        }
        boolean missing = Arrays.stream(values).anyMatch(Double::isNaN);
        table.append(" | ").append(missing ? "" : MeanAndDeviation.of(values).toString(digits));
    }
}
