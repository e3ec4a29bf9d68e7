package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Outcomes of a demo that never ran, for tests of what is made of them. */
final class MadeUpResults {

    private static final int ROWS = 10_000;
    private static final int CLASSES = 10;

    private static final DemoResult THREE_ARMS = make();

    private MadeUpResults() {}

    /** Three arms: very overconfident, a little overconfident, underconfident. */
    static DemoResult threeArms() {
        return THREE_ARMS;
    }

    private static DemoResult make() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("Candor", "0.0.0");
        versions.put("Java", "17");
        return new DemoResult(
                new DemoResult.Setup(
                        "Fashion-MNIST",
                        8000,
                        2000,
                        ROWS,
                        "two convolutions of 3 x 3 with 16 and 32 channels, 128 hidden units",
                        "Adam with learning rate 0.001, batches of 128, 60 epochs",
                        1,
                        2),
                versions,
                List.of(
                        arm("cross-entropy", 2.4, 1),
                        arm("cross-entropy + soft-binned ECE", 1.5, 2),
                        arm("focal loss, gamma = 3", 0.75, 3)));
    }

    private static ArmResult arm(String name, double sharpness, int seed) {
        List<EpochRecord> history = new ArrayList<>();
        for (int epoch = 1; epoch <= 60; epoch++) {
            double part = epoch / 60.0;
            double ece = Math.abs(sharpness - 1) * 0.06 * part + 0.01 / epoch;
            double nll = 0.9 / epoch + 0.3 + 0.25 * part * part * Math.max(0, sharpness - 1);
            history.add(new EpochRecord(epoch, ece, nll, 0.8 + part * (sharpness - 0.8)));
        }
        return new ArmResult(
                name,
                "Trained on " + name + ", with the same initial values and batches as the others.",
                history,
                report(sharpness, seed),
                report(1, seed),
                sharpness,
                71.3);
    }

    /** A classifier whose logits are those of the truth times a factor. */
    static CalibrationFigures report(double sharpness, int seed) {
        Random random = new Random(seed);
        double[] logits = new double[ROWS * CLASSES];
        long[] labels = new long[ROWS];
        for (int row = 0; row < ROWS; row++) {
            double[] odds = new double[CLASSES];
            double total = 0;
            int favourite = random.nextInt(CLASSES);
            for (int c = 0; c < CLASSES; c++) {
                double logit =
                        random.nextGaussian()
                                + (c == favourite ? 5 * random.nextDouble() + 1.5 : 0);
                logits[row * CLASSES + c] = sharpness * logit;
                odds[c] = Math.exp(logit);
                total += odds[c];
            }
            double draw = random.nextDouble() * total;
            int label = 0;
            while (draw > odds[label] && label < CLASSES - 1) {
                draw -= odds[label++];
            }
            labels[row] = label;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray predictions = manager.create(logits, new Shape(ROWS, CLASSES));
            return CalibrationFigures.of(predictions, manager.create(labels));
        }
    }
}
