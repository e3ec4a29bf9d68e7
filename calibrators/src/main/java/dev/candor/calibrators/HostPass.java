package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.candor.calibrators.internal.Exponential;
import dev.candor.calibrators.internal.LabelledLogits;
import java.nio.ByteBuffer;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A pass over logits in host memory, read where they lie, by the threads of the common pool.
 *
 * <p>The engine would take a dozen operations for each chunk, each of which waits for all of the
 * engine's threads; where other work keeps the processors busy, these waits cost many times the
 * arithmetic.
 */
final class HostPass implements LikelihoodPass {

    /** Elements that a thread takes at a time. */
    private static final int TASK_ELEMENTS = 1 << 16;

    /** Elements whose powers stay in the innermost cache. */
    private static final int BLOCK_ELEMENTS = 1 << 11;

    private final LabelledLogits data;
    private final int classes;
    private final long rowsOfTask;

    HostPass(LabelledLogits data) {
        this.data = data;
        this.classes = Math.toIntExact(data.classes());
        this.rowsOfTask = Math.max(1, TASK_ELEMENTS / classes);
    }

    @Override
    public Means at(double beta, boolean survey) {
        double[][] sums = new double[Math.toIntExact((data.size() - 1) / rowsOfTask + 1)][];
        AtomicInteger next = new AtomicInteger();
        int threads = Math.min(sums.length, ForkJoinPool.getCommonPoolParallelism() + 1);
        IntStream.range(0, threads)
                .parallel()
                .forEach(
                        thread -> {
                            Worker worker = new Worker(beta, survey);
                            int task = next.getAndIncrement();
                            while (task < sums.length) {
                                sums[task] = worker.sums(task * rowsOfTask);
                                task = next.getAndIncrement();
                            }
                        });
        // In the order of the samples, so that the result does not depend on the threads.
        double[] total = new double[Means.COUNT];
        for (double[] part : sums) {
            add(total, part, 1);
        }
        return Means.of(total, data.totalWeight());
    }

    private static void add(double[] sums, double[] values, double weight) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += weight * values[i];
        }
    }

    /** What one thread needs, so that a pass makes next to no garbage. */
    private final class Worker {

        private final double beta;
        private final boolean survey;
        private final int height = Math.max(1, BLOCK_ELEMENTS / classes);
        private final float[] narrow = new float[classes];
        private final double[] gaps = new double[height * classes];
        private final double[] v = new double[gaps.length];
        private final double[] powers = new double[gaps.length];
        private final double[] identities = new double[height];
        private final double[] row = new double[Means.COUNT];

        Worker(double beta, boolean survey) {
            this.beta = beta;
            this.survey = survey;
        }

        /** Weighted sums over the rows of a task. */
        double[] sums(long first) {
            double[] sums = new double[Means.COUNT];
            try (NDManager manager = data.scope().newSubManager()) {
                long end = Math.min(data.size(), first + rowsOfTask);
                LabelledLogits.Chunk chunk = data.chunk(manager, first, end);
                boolean wide = chunk.logits().getDataType() == DataType.FLOAT64;
                NDArray readable =
                        wide ? chunk.logits() : chunk.logits().toType(DataType.FLOAT32, false);
                ByteBuffer logits = readable.toByteBuffer(true);
                long[] labels = chunk.labels().toLongArray();
                double[] weights = chunk.weights().toDoubleArray();
                for (int top = 0; top < labels.length; top += height) {
                    int rows = Math.min(height, labels.length - top);
                    for (int i = 0; i < rows; i++) {
                        read(logits, wide, top + i, i * classes);
                    }
                    if (survey) {
                        identities(rows);
                    }
                    for (int k = 0; k < rows * classes; k++) {
                        v[k] = gaps[k] * beta;
                    }
                    Exponential.of(v, powers, rows * classes);
                    for (int i = 0; i < rows; i++) {
                        int from = i * classes;
                        double deficit = -gaps[from + (int) labels[top + i]];
                        moments(from, deficit * beta);
                        if (survey) {
                            row[4] = identities[i] + deficit;
                            row[5] = -sum(gaps, from) / classes;
                            row[6] = deficit;
                        }
                        add(sums, row, weights[top + i]);
                    }
                }
            }
            return sums;
        }

        /** Writes {@code z - max z} of a row. */
        private void read(ByteBuffer logits, boolean wide, int index, int from) {
            if (wide) {
                logits.asDoubleBuffer().get(index * classes, gaps, from, classes);
            } else {
                logits.asFloatBuffer().get(index * classes, narrow);
                for (int k = 0; k < classes; k++) {
                    gaps[from + k] = narrow[k];
                }
            }
            double top = Double.NEGATIVE_INFINITY;
            for (int k = from; k < from + classes; k++) {
                if (gaps[k] > top) {
                    top = gaps[k];
                }
            }
            for (int k = from; k < from + classes; k++) {
                gaps[k] -= top;
            }
        }

        private void identities(int rows) {
            System.arraycopy(gaps, 0, v, 0, rows * classes);
            Exponential.of(v, powers, rows * classes);
            for (int i = 0; i < rows; i++) {
                identities[i] = Math.log(sum(powers, i * classes));
            }
        }

        private double sum(double[] values, int from) {
            double sum = 0;
            for (int k = from; k < from + classes; k++) {
                sum += values[k];
            }
            return sum;
        }

        private void moments(int from, double deficit) {
            double mass = 0;
            double first = 0;
            double second = 0;
            double third = 0;
            for (int k = from; k < from + classes; k++) {
                double x = v[k];
                double power = powers[k];
                mass += power;
                power *= x;
                first += power;
                power *= x;
                second += power;
                third += power * x;
            }
            double mean = first / mass;
            double variance = second / mass - mean * mean;
            row[0] = Math.log(mass) + deficit;
            row[1] = mean + deficit;
            row[2] = variance;
            row[3] = third / mass - mean * (3 * variance + mean * mean);
        }
    }
}
