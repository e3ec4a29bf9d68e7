package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.EnumMap;
import java.util.Map;

/** Seeded inputs of one shape: what a loss is given as predictions and as labels. */
final class LossInputs implements AutoCloseable {

    static final long IGNORED = -100;
    static final int TOKENS_PER_ROW = 32;
    private static final double SOFT_SHARE = 0.3;

    private final LossShape shape;
    private final SeededNumbers numbers;
    private final NDManager manager;
    private final Map<LossInput, NDArray> predictions = new EnumMap<>(LossInput.class);
    private final Map<LossInput, NDList> labels = new EnumMap<>(LossInput.class);
    private final long[] indices;

    LossInputs(NDManager parent, LossShape shape, long seed) {
        this.shape = shape;
        this.numbers = new SeededNumbers(seed);
        this.manager = parent.newSubManager();
        this.indices = numbers.integers(0, shape.rows(), shape.classes());
    }

    LossShape shape() {
        return shape;
    }

    NDManager manager() {
        return manager;
    }

    /** The predictions as a constant; a measurement copies them into a leaf of its own. */
    NDArray predictions(LossInput kind) {
        return predictions.computeIfAbsent(kind, this::createPredictions);
    }

    NDList labels(LossInput kind) {
        return labels.computeIfAbsent(kind, this::createLabels);
    }

    private NDArray createPredictions(LossInput kind) {
        NDArray logits = manager.create(logits(), new Shape(shape.rows(), shape.classes()));
        return switch (kind) {
            case DISTANCES -> logits.neg().exp().add(1).log().neg();
            case TOKENS -> logits.reshape(-1, tokensPerRow(), shape.classes());
            default -> logits;
        };
    }

    /** Gaussian, with a margin for the label, so that both right and wrong rows occur. */
    private float[] logits() {
        double[] normal = numbers.normal(1, shape.rows() * shape.classes());
        for (int row = 0; row < shape.rows(); row++) {
            normal[row * shape.classes() + (int) indices[row]] += 2;
        }
        float[] logits = new float[normal.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (2 * normal[i]);
        }
        return logits;
    }

    private NDList createLabels(LossInput kind) {
        return switch (kind) {
            case SOFT_LABELS -> new NDList(softLabels());
            case MULTI_LABEL -> new NDList(multiLabels());
            case TOKENS -> new NDList(tokenLabels());
            case SAMPLES -> new NDList(manager.create(indices), places());
            default -> new NDList(manager.create(indices));
        };
    }

    private NDArray softLabels() {
        NDArray rows = manager.create(indices).oneHot(shape.classes(), DataType.FLOAT32);
        return rows.mul(1 - SOFT_SHARE).add(rows.flip(0).mul(SOFT_SHARE));
    }

    /** The label and about one more class. */
    private NDArray multiLabels() {
        double[] uniform = numbers.uniform(3, shape.rows() * shape.classes());
        float[] rows = new float[uniform.length];
        for (int i = 0; i < rows.length; i++) {
            boolean label = i % shape.classes() == indices[i / shape.classes()];
            rows[i] = label || uniform[i] < 1.0 / shape.classes() ? 1 : 0;
        }
        return manager.create(rows, new Shape(shape.rows(), shape.classes()));
    }

    /** The first quarter of each sequence is the prompt, which does not count. */
    private NDArray tokenLabels() {
        long[] tokens = indices.clone();
        int length = tokensPerRow();
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = i % length < length / 4 ? IGNORED : tokens[i];
        }
        return manager.create(tokens, new Shape(shape.rows() / length, length));
    }

    private NDArray places() {
        return manager.arange(0, shape.rows(), 1, DataType.INT64);
    }

    private int tokensPerRow() {
        return Math.min(TOKENS_PER_ROW, shape.rows());
    }

    @Override
    public void close() {
        manager.close();
    }
}
