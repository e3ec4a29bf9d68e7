package dev.candor.training.ensemble;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import dev.candor.internal.Checks;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Running moments of the trained weights of one network, on the host: the mean, and on request the
 * mean of squares and the latest deviations from the mean.
 */
final class WeightMoments {

    private static final double SMALLEST_VARIANCE = 1e-30;

    private final int columns;
    private final Deque<float[]> deviations = new ArrayDeque<>();

    private int count;
    private double[] mean;
    private double[] square;

    /**
     * Creates moments.
     *
     * @param columns how many deviations to keep; negative for the mean alone
     */
    WeightMoments(int columns) {
        this.columns = columns;
    }

    int count() {
        return count;
    }

    double[] mean() {
        return mean.clone();
    }

    double[] variance() {
        double[] variance = new double[mean.length];
        Arrays.setAll(variance, i -> Math.max(square[i] - mean[i] * mean[i], SMALLEST_VARIANCE));
        return variance;
    }

    void add(double[] weights) {
        if (mean == null) {
            mean = new double[weights.length];
            square = columns < 0 ? null : new double[weights.length];
        }
        Checks.that(
                weights.length == mean.length,
                "the network has %d weights, those before had %d",
                weights.length,
                mean.length);
        count++;
        for (int i = 0; i < mean.length; i++) {
            mean[i] += (weights[i] - mean[i]) / count;
            if (square != null) {
                square[i] += (weights[i] * weights[i] - square[i]) / count;
            }
        }
        if (columns > 0) {
            if (deviations.size() == columns) {
                deviations.removeFirst();
            }
            float[] deviation = new float[mean.length];
            for (int i = 0; i < mean.length; i++) {
                deviation[i] = (float) (weights[i] - mean[i]);
            }
            deviations.addLast(deviation);
        }
    }

    /** Weights drawn around the mean. */
    double[] draw(double scale, RandomGenerator random) {
        double[] drawn = variance();
        boolean lowRank = deviations.size() > 1;
        double factor = Math.sqrt(lowRank ? scale : 2 * scale);
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = mean[i] + factor * Math.sqrt(drawn[i]) * random.nextGaussian();
        }
        if (lowRank) {
            double each = factor / Math.sqrt(deviations.size() - 1);
            for (float[] deviation : deviations) {
                double along = each * random.nextGaussian();
                for (int i = 0; i < drawn.length; i++) {
                    drawn[i] += along * deviation[i];
                }
            }
        }
        return drawn;
    }

    static double[] read(Model model) {
        List<double[]> parts = new ArrayList<>();
        int size = 0;
        for (NDArray array : trained(model)) {
            try (NDArray view = array.stopGradient();
                    NDArray wide = view.toType(DataType.FLOAT64, true)) {
                parts.add(wide.toDoubleArray());
                size += parts.get(parts.size() - 1).length;
            }
        }
        double[] all = new double[size];
        int offset = 0;
        for (double[] part : parts) {
            System.arraycopy(part, 0, all, offset, part.length);
            offset += part.length;
        }
        return all;
    }

    static void write(Model model, double[] weights) {
        List<NDArray> arrays = trained(model);
        long size = arrays.stream().mapToLong(NDArray::size).sum();
        Checks.that(
                size == weights.length,
                "model '%s' has %d weights, %d were collected",
                model.getName(),
                size,
                weights.length);
        int offset = 0;
        for (NDArray array : arrays) {
            int end = offset + (int) array.size();
            double[] values = Arrays.copyOfRange(weights, offset, end);
            try (NDArray wide = array.getManager().create(values, array.getShape());
                    NDArray narrow = wide.toType(array.getDataType(), true)) {
                narrow.copyTo(array);
            }
            offset = end;
        }
    }

    /** All parameters but running statistics, frozen ones included. */
    private static List<NDArray> trained(Model model) {
        List<NDArray> arrays = new ArrayList<>();
        for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
            switch (pair.getValue().getType()) {
                case RUNNING_MEAN, RUNNING_VAR -> {}
                default -> arrays.add(pair.getValue().getArray());
            }
        }
        return arrays;
    }
}
