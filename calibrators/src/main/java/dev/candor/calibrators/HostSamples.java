package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.function.UnaryOperator;

/** The samples of a fit on the host, a few classes at a time. */
final class HostSamples {

    /** Probabilities that are held at a time. */
    private static final long HELD = 1L << 23;

    private final LabelledLogits data;
    private final int[] labels;
    private final double[] weights;

    private HostSamples(LabelledLogits data) {
        this.data = data;
        this.labels = new int[Math.toIntExact(data.size())];
        this.weights = new double[labels.length];
    }

    /** What is done with the probabilities of one class. */
    @FunctionalInterface
    interface Column {

        /**
         * Takes the samples, in order.
         *
         * @param probabilities of the class, one for each sample
         * @param hits 1 where the class is the label, 0 elsewhere
         * @param weights of the samples
         */
        void accept(double[] probabilities, double[] hits, double[] weights);
    }

    /** What is done with a few consecutive samples. */
    @FunctionalInterface
    interface Rows {

        /**
         * Takes samples.
         *
         * @param first the place of the first of them
         * @param values the values of all classes, sample by sample
         */
        void accept(int first, double[] values);
    }

    /** Reads labels and weights, and checks that all logits are finite. */
    static HostSamples of(LabelledLogits data) {
        HostSamples samples = new HostSamples(data);
        Float64Chunk.forEach(
                data,
                chunk -> {
                    if (chunk.logits().mul(0).sum().getDouble() != 0) {
                        throw data.notFinite();
                    }
                    long[] indices = chunk.labels().toLongArray();
                    double[] mass = chunk.weights().toDoubleArray();
                    for (int i = 0; i < indices.length; i++) {
                        samples.labels[(int) chunk.first() + i] = (int) indices[i];
                        samples.weights[(int) chunk.first() + i] = mass[i];
                    }
                });
        return samples;
    }

    /** The labels. Not to be changed. */
    int[] labels() {
        return labels;
    }

    /** The weights. Not to be changed. */
    double[] weights() {
        return weights;
    }

    /** Passes over these classes, one after the other. */
    void forEachColumn(int firstClass, Column consumer) {
        int classes = (int) data.classes();
        int group = (int) Math.max(1, Math.min(classes, HELD / labels.length));
        double[] hits = new double[labels.length];
        for (int first = firstClass; first < classes; first += group) {
            int begin = first;
            int end = Math.min(classes, first + group);
            double[][] columns = new double[end - begin][labels.length];
            forEachChunk(
                    probabilities ->
                            probabilities.get(new NDIndex().addAllDim().addSliceDim(begin, end)),
                    (row, values) -> scatter(values, columns, row));
            for (int k = begin; k < end; k++) {
                for (int i = 0; i < hits.length; i++) {
                    hits[i] = labels[i] == k ? 1 : 0;
                }
                consumer.accept(columns[k - begin], hits, weights);
            }
        }
    }

    private static void scatter(double[] values, double[][] columns, int first) {
        int width = columns.length;
        for (int i = 0; i < values.length; i++) {
            columns[i % width][first + i / width] = values[i];
        }
    }

    /** Passes over the probabilities of all classes, a few samples at a time. */
    void forEachRows(Rows consumer) {
        forEachChunk(probabilities -> probabilities, consumer);
    }

    private void forEachChunk(UnaryOperator<NDArray> part, Rows consumer) {
        Float64Chunk.forEach(
                data,
                chunk -> {
                    NDArray probabilities = chunk.logits().softmax(1);
                    double[] values = part.apply(probabilities).toDoubleArray();
                    consumer.accept((int) chunk.first(), values);
                });
    }
}
