package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import dev.candor.calibrators.internal.LabelledLogits;

/** The samples of a fit on the host, a few classes at a time. */
final class HostSamples {

    /** Probabilities that are held at a time. */
    private static final long HELD = 1L << 22;

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
         * @param probabilities of the class, one for each sample; used again for other classes
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
         * @param count how many
         * @param values the values of all classes, sample by sample; used again for the next ones
         */
        void accept(int first, int count, double[] values);
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

    /** Passes over these classes, one after the other, in arrays that are used again. */
    void forEachColumn(int firstClass, Column consumer) {
        int classes = (int) data.classes();
        int group = (int) Math.max(1, Math.min(classes, HELD / labels.length));
        double[][] columns = new double[Math.min(group, classes - firstClass)][labels.length];
        double[] hits = new double[labels.length];
        for (int first = firstClass; first < classes; first += group) {
            int begin = first;
            int end = Math.min(classes, first + group);
            forEachRows(
                    (row, count, values) -> {
                        for (int i = 0; i < count; i++) {
                            for (int k = begin; k < end; k++) {
                                columns[k - begin][row + i] = values[i * classes + k];
                            }
                        }
                    });
            for (int k = begin; k < end; k++) {
                for (int i = 0; i < hits.length; i++) {
                    hits[i] = labels[i] == k ? 1 : 0;
                }
                consumer.accept(columns[k - begin], hits, weights);
            }
        }
    }

    /** Passes over the probabilities of all classes, a few samples at a time. */
    void forEachRows(Rows consumer) {
        double[][] scratch = new double[1][0];
        Float64Chunk.forEach(
                data,
                chunk -> {
                    NDArray probabilities = chunk.logits().softmax(1);
                    int size = (int) probabilities.size();
                    if (scratch[0].length < size) {
                        scratch[0] = new double[size];
                    }
                    probabilities.toByteBuffer(true).asDoubleBuffer().get(scratch[0], 0, size);
                    int count = (int) chunk.labels().size();
                    consumer.accept((int) chunk.first(), count, scratch[0]);
                });
    }
}
