package dev.candor.training.augmentation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import dev.candor.internal.Validation;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * SMOTE: fills up rare classes with samples between neighbours, until all classes are as frequent
 * as the most frequent.
 *
 * <pre>
 *   x' = x_i + u (x_j - x_i),   u ~ U(0, 1)
 * </pre>
 *
 * <p>{@code x_i} is a random sample of the class, {@code x_j} one of its k nearest of the same
 * class by Euclidean distance (k = 5, or all where there are fewer).
 *
 * <p>On features {@code [N, D]}, such as the last hidden layer of a network, not on images or
 * tokens: what lies between two of them is neither. Needs two samples of each class that is there.
 * Class frequencies change, and with them the probabilities that are learnt: calibrate on data as
 * it comes.
 *
 * <p>Source: Chawla et al., <i>SMOTE: Synthetic Minority Over-sampling Technique</i>, JAIR 2002,
 * arXiv:1106.1813.
 */
public final class Smote {

    /** Bounds the distances that are held at once. */
    private static final int CHUNK = 1024;

    private final int neighbours;

    private Smote(int neighbours) {
        this.neighbours = neighbours;
    }

    /**
     * Returns SMOTE with 5 neighbours.
     *
     * @return SMOTE
     */
    public static Smote of() {
        return of(5);
    }

    /**
     * Returns SMOTE.
     *
     * @param neighbours k, at least 1
     * @return SMOTE
     */
    public static Smote of(int neighbours) {
        return new Smote(Checks.atLeast("neighbours", neighbours, 1));
    }

    /**
     * Fills up the rare classes.
     *
     * @param features {@code [N, D]}, a floating-point type
     * @param labels class indices {@code [N]}
     * @param random where all that is random comes from
     * @return features and labels: the given ones, then the new ones, class by class; labels as
     *     int64
     * @throws IllegalArgumentException if the shapes do not match, a label is negative or not
     *     whole, or a class that is to be filled up has a single sample
     */
    public NDList resample(NDArray features, NDArray labels, RandomGenerator random) {
        Shape shape = features.getShape();
        Checks.that(shape.dimension() == 2, "features have shape %s, expected [N, D]", shape);
        Checks.that(
                labels.getShape().equals(new Shape(shape.get(0))),
                "labels have shape %s for features of shape %s, expected [N]",
                labels.getShape(),
                shape);
        try (NDManager scope = features.getManager().newSubManager()) {
            scope.tempAttachAll(features, labels);
            Validation.indices(labels, Integer.MAX_VALUE, null);
            long[] classOf = labels.toType(DataType.INT64, false).toLongArray();
            Map<Long, long[]> samplesOf = byClass(classOf);
            int most = samplesOf.values().stream().mapToInt(s -> s.length).max().orElse(0);
            NDList allFeatures = new NDList(features);
            NDList allLabels = new NDList(labels.toType(DataType.INT64, false));
            samplesOf.forEach(
                    (label, samples) -> {
                        int missing = most - samples.length;
                        if (missing > 0) {
                            Checks.that(
                                    samples.length > 1,
                                    "class %d has 1 sample, expected at least 2",
                                    label);
                            NDArray own = features.get(scope.create(samples));
                            allFeatures.add(between(own, missing, random));
                            allLabels.add(scope.full(new Shape(missing), label, DataType.INT64));
                        }
                    });
            NDList result = new NDList(NDArrays.concat(allFeatures), NDArrays.concat(allLabels));
            return scope.ret(result);
        }
    }

    private static Map<Long, long[]> byClass(long[] classOf) {
        Map<Long, long[]> samplesOf = new TreeMap<>();
        Arrays.stream(classOf)
                .distinct()
                .forEach(
                        label ->
                                samplesOf.put(
                                        label,
                                        IntStream.range(0, classOf.length)
                                                .filter(i -> classOf[i] == label)
                                                .asLongStream()
                                                .toArray()));
        return samplesOf;
    }

    private NDArray between(NDArray samples, int count, RandomGenerator random) {
        long[][] near = nearest(samples);
        long[] from = new long[count];
        long[] to = new long[count];
        float[] share = new float[count];
        for (int i = 0; i < count; i++) {
            int sample = random.nextInt(near.length);
            from[i] = sample;
            to[i] = near[sample][random.nextInt(near[sample].length)];
            share[i] = random.nextFloat();
        }
        NDManager manager = samples.getManager();
        NDArray start = samples.get(manager.create(from));
        NDArray end = samples.get(manager.create(to));
        NDArray step = manager.create(share).toType(samples.getDataType(), false).expandDims(1);
        return start.add(end.sub(start).mul(step));
    }

    /** The nearest others of each sample. */
    private long[][] nearest(NDArray samples) {
        int size = (int) samples.getShape().get(0);
        int count = Math.min(neighbours, size - 1);
        long[][] nearest = new long[size][];
        NDArray squares = samples.square().sum(new int[] {1});
        for (int from = 0; from < size; from += CHUNK) {
            int to = Math.min(size, from + CHUNK);
            try (NDManager scope = samples.getManager().newSubManager()) {
                scope.tempAttachAll(samples, squares);
                NDArray rows = samples.get(from + ":" + to);
                NDArray distances =
                        squares.expandDims(0).sub(rows.matMul(samples.transpose()).mul(2));
                NDArray self = scope.arange(from, to, 1, DataType.INT64).expandDims(1);
                NDArray far =
                        scope.full(self.getShape(), Float.POSITIVE_INFINITY, samples.getDataType());
                long[] order =
                        distances
                                .scatter(self, far, 1)
                                .topK(count, 1, false, true)
                                .get(1)
                                .toLongArray();
                for (int row = 0; row < to - from; row++) {
                    nearest[from + row] = Arrays.copyOfRange(order, row * count, (row + 1) * count);
                }
            }
        }
        return nearest;
    }
}
