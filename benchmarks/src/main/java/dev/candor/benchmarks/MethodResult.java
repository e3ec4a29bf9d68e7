package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.candor.metrics.CalibrationReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What one method gave from one seed, on the test images.
 *
 * @param method the name of the method
 * @param seed the seed
 * @param epochs epochs of each network
 * @param before as trained
 * @param after with one temperature
 * @param temperature fitted on the validation images
 * @param seconds wall time of training and prediction
 */
record MethodResult(
        String method,
        int seed,
        int epochs,
        Measures before,
        Measures after,
        double temperature,
        double seconds) {

    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    /**
     * What the table shows.
     *
     * @param accuracy share of images predicted right
     * @param ece expected calibration error, 15 bins of equal width
     * @param nll mean negative log-likelihood in nats
     */
    record Measures(double accuracy, double ece, double nll) {

        static Measures of(CalibrationReport report) {
            return new Measures(report.accuracy(), report.ece(), report.nll());
        }
    }

    void write(Path file) throws IOException {
        Output.write(file, GSON.toJson(this) + "\n");
    }

    /**
     * Reads a result.
     *
     * @throws BadData if the file holds another, or none
     */
    static MethodResult read(Path file, String method, int seed, int epochs) throws IOException {
        MethodResult result;
        try {
            result =
                    GSON.fromJson(
                            Files.readString(file, StandardCharsets.UTF_8), MethodResult.class);
        } catch (JsonParseException e) {
            throw new BadData(e, "%s: no result of this command", file);
        }
        if (result == null || result.before == null || result.after == null) {
            throw new BadData("%s: no result of this command", file);
        }
        if (!result.method.equals(method) || result.seed != seed) {
            throw new BadData(
                    "%s: holds %s from seed %d, expected %s from seed %d",
                    file, result.method, result.seed, method, seed);
        }
        if (result.epochs != epochs) {
            throw new BadData(
                    "%s: trained for %d epochs, expected %d: choose another folder",
                    file, result.epochs, epochs);
        }
        return result;
    }
}
