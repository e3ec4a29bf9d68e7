package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** Scores of a made classifier that is twice as sure of itself as it should be. */
final class MadeScores {

    private static final int ROWS = 600;

    private MadeScores() {}

    /** Writes {@code NAME.npz} with float32 logits. */
    static Path write(Path folder, String name, int classes) throws IOException {
        Random random = new Random(name.hashCode());
        float[] logits = new float[ROWS * classes];
        long[] labels = new long[ROWS];
        for (int i = 0; i < ROWS; i++) {
            double highest = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < classes; k++) {
                double logit = 2 * random.nextGaussian();
                double drawn = logit - Math.log(-Math.log(1 - random.nextDouble()));
                labels[i] = drawn > highest ? k : labels[i];
                highest = Math.max(drawn, highest);
                logits[i * classes + k] = (float) (2 * logit);
            }
        }
        Path file = folder.resolve(name + ".npz");
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray scores = manager.create(logits, new Shape(ROWS, classes));
            NpzFile.write(file, Map.of("logits", scores, "labels", manager.create(labels)));
        }
        return file;
    }
}
