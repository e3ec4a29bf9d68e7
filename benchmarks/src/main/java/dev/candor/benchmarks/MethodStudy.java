package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.GsonBuilder;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import dev.candor.losses.LabelSmoothingLoss;
import dev.candor.losses.LogitNormLoss;
import dev.candor.losses.MdcaLoss;
import dev.candor.losses.SampleDependentFocalLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.metrics.CalibrationReport;
import dev.candor.training.augmentation.AugmentedDataset;
import dev.candor.training.augmentation.Mixup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares methods on several seeds, and goes on where it was stopped: each method and seed leaves
 * a file.
 */
final class MethodStudy {

    private static final float DROPOUT = 0.5f;
    private static final int SAMPLES = 32;
    private static final int MEMBERS = 5;
    private static final double MIXUP_ALPHA = 0.2;
    private static final int CLASSES = 10;

    private static final Map<String, Method> METHODS = new LinkedHashMap<>();

    static {
        METHODS.put("cross-entropy", Method.loss(CrossEntropyLoss::of));
        METHODS.put("label-smoothing", Method.loss(LabelSmoothingLoss::of));
        METHODS.put("focal", Method.loss(FocalLoss::of));
        METHODS.put("flsd", Method.loss(SampleDependentFocalLoss::of));
        METHODS.put(
                "soft-binned-ece",
                Method.loss(
                        () ->
                                CompositeLoss.of(CrossEntropyLoss.of())
                                        .plus(1, SoftBinnedEceLoss.of())));
        METHODS.put(
                "mdca",
                Method.loss(() -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, MdcaLoss.of())));
        METHODS.put("logitnorm", Method.loss(LogitNormLoss::of));
        METHODS.put(
                "mixup",
                Method.data(
                        CrossEntropyLoss::of,
                        dataset -> AugmentedDataset.of(dataset, Mixup.of(MIXUP_ALPHA, CLASSES))));
        METHODS.put("mc-dropout", Method.dropout(CrossEntropyLoss::of, DROPOUT, SAMPLES));
        METHODS.put("ensemble", Method.ensemble(CrossEntropyLoss::of, MEMBERS));
    }

    private final Map<String, Method> methods;
    private final Path folder;
    private final int epochs;

    /**
     * Prepares a study.
     *
     * @param methods by name, in the order of the table
     * @param folder where the files are kept
     * @param epochs epochs of each network
     */
    MethodStudy(Map<String, Method> methods, Path folder, int epochs) {
        this.methods = methods;
        this.folder = folder;
        this.epochs = epochs;
    }

    /** All methods by name, in the order of the table. */
    static Map<String, Method> methods() {
        return new LinkedHashMap<>(METHODS);
    }

    /**
     * Runs what is missing, seed by seed, and keeps the tables up to date.
     *
     * @param images the images of each purpose
     * @param seeds seeds {@code 1..seeds}
     * @param progress where to tell how far it is
     * @return the results of each method, one for each seed
     */
    Map<String, List<MethodResult>> run(ArmTraining.Images images, int seeds, Progress progress)
            throws IOException {
        Files.createDirectories(folder);
        Map<String, List<MethodResult>> results = new LinkedHashMap<>();
        methods.keySet().forEach(name -> results.put(name, new ArrayList<>()));
        for (int seed = 1; seed <= seeds; seed++) {
            for (Map.Entry<String, Method> entry : methods.entrySet()) {
                String name = entry.getKey();
                Path file = folder.resolve(name + "-" + seed + ".json");
                if (!Files.exists(file)) {
                    progress.begin(name + ", seed " + seed, 0);
                    MethodResult result =
                            run(
                                    name,
                                    entry.getValue(),
                                    new Method.Run(images, epochs, seed, folder, progress));
                    result.write(file);
                    progress.end(summary(result));
                }
                results.get(name).add(MethodResult.read(file, name, seed, epochs));
                Output.write(folder.resolve("methods.md"), markdown(results));
                Output.write(folder.resolve("methods.json"), json(results));
            }
        }
        return results;
    }

    private static MethodResult run(String name, Method method, Method.Run run) throws IOException {
        long start = System.nanoTime();
        try (NDManager scope = NDManager.newBaseManager()) {
            Method.Scores scores = method.run(run, scope);
            NDArray labels = run.images().test().labels();
            TemperatureScaling scaling =
                    TemperatureScaling.fit(scores.held(), run.images().validation().labels());
            return new MethodResult(
                    name,
                    run.seed(),
                    run.epochs(),
                    MethodResult.Measures.of(CalibrationReport.of(scores.test(), labels)),
                    MethodResult.Measures.of(
                            CalibrationReport.of(scaling.apply(scores.test()), labels)),
                    scaling.temperature(),
                    (System.nanoTime() - start) / 1e9);
        }
    }

    private static String summary(MethodResult result) {
        return String.format(
                Locale.ROOT,
                "%s, seed %d: accuracy %.4f, ECE %.4f, after temperature %.2f %.4f (%.0f s)",
                result.method(),
                result.seed(),
                result.before().accuracy(),
                result.before().ece(),
                result.temperature(),
                result.after().ece(),
                result.seconds());
    }

    /** The results as a Markdown table of means and standard deviations over seeds. */
    static String markdown(Map<String, List<MethodResult>> results) {
        StringBuilder table =
                new StringBuilder(
                        "| method | seeds | accuracy % | ECE % | NLL | T | ECE % at T | NLL at T |\n"
                                + "|---|---|---|---|---|---|---|---|\n");
        results.forEach(
                (name, runs) -> {
                    if (!runs.isEmpty()) {
                        table.append(
                                String.format(
                                        Locale.ROOT,
                                        "| %s | %d | %s | %s | %s | %s | %s | %s |\n",
                                        name,
                                        runs.size(),
                                        LossStudy.cell(runs, 1, r -> 100 * r.before().accuracy()),
                                        LossStudy.cell(runs, 1, r -> 100 * r.before().ece()),
                                        LossStudy.cell(runs, 3, r -> r.before().nll()),
                                        LossStudy.cell(runs, 2, MethodResult::temperature),
                                        LossStudy.cell(runs, 1, r -> 100 * r.after().ece()),
                                        LossStudy.cell(runs, 3, r -> r.after().nll())));
                    }
                });
        return table.toString();
    }

    private static String json(Map<String, List<MethodResult>> results) {
        return new GsonBuilder().setPrettyPrinting().create().toJson(results) + "\n";
    }
}
