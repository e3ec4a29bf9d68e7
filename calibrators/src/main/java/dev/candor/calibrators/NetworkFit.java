package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Adam;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Lbfgs;
import dev.candor.internal.Scalars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Trains the network of a calibrator on the device of its samples, and keeps the arrays of the
 * least objective on the part of them that is held out. All arrays are one vector while it lasts.
 */
final class NetworkFit {

    private static final double GRADIENT_TOLERANCE = 1e-9;

    /** An epoch that gains less than this does not put off the end. */
    private static final double LEAST_GAIN = 1e-6;

    /** Elements of the map that are evaluated at once. */
    private static final long ELEMENTS_AT_ONCE = 1L << 21;

    private final Network network;
    private final Samples samples;
    private final NDManager scope;
    private final NDList frozen;
    private final Options options;
    private final List<Coefficient> start;
    private final long[] ends;
    private final int[] training;
    private final int[] heldOut;

    /**
     * How to train.
     *
     * @param objective what is minimised
     * @param maxIterations the largest number of passes over the samples
     * @param batchSize samples of a step; 0 for L-BFGS, which takes all of them in each
     * @param learningRate of Adam
     * @param weightDecay the factor of the squared arrays, twice, that is added to the loss
     * @param heldOut the share of samples that training does not see
     * @param patience passes without a gain after which training ends
     * @param seed of all that is random
     */
    record Options(
            Objective objective,
            int maxIterations,
            int batchSize,
            double learningRate,
            double weightDecay,
            double heldOut,
            int patience,
            long seed) {}

    /**
     * What was found.
     *
     * @param status how training ended
     * @param arrays of the network
     * @param value the objective of all samples
     * @param iterations passes over the samples
     */
    record Result(Status status, List<Coefficient> arrays, double value, int iterations) {}

    /**
     * Prepares a fit.
     *
     * @param frozen the coefficients that come before the arrays of the network
     */
    NetworkFit(Network network, Samples samples, List<Coefficient> frozen, Options options) {
        this.network = network;
        this.samples = samples;
        this.scope = samples.scope();
        this.options = options;
        this.frozen = new NDList();
        for (Coefficient coefficient : frozen) {
            boolean scalar = coefficient.shape().dimension() == 0;
            NDArray array = coefficient.in(scope).duplicate();
            this.frozen.add(scalar ? array : array.toType(samples.type(), false));
        }
        this.start = network.start(new Random(options.seed));
        this.ends = new long[start.size()];
        long end = 0;
        for (int i = 0; i < ends.length; i++) {
            end += start.get(i).values().length;
            ends[i] = end;
        }
        int[] order = samples.shuffled(options.seed);
        int kept = (int) Math.round(options.heldOut * order.length);
        this.heldOut = Arrays.copyOf(order, kept);
        this.training = Arrays.copyOfRange(order, kept, order.length);
    }

    /** Trains. */
    Result run() {
        return options.batchSize == 0 ? runLbfgs() : runAdam();
    }

    /** The objective of all samples at these arrays. */
    double objective(List<Coefficient> arrays) {
        double[] flat = flat(arrays);
        try (NDManager manager = scope.newSubManager()) {
            NDArray theta = vector(manager, flat);
            double value = sum(theta, training) + (heldOut.length > 0 ? sum(theta, heldOut) : 0);
            double weight = weight(training) + (heldOut.length > 0 ? weight(heldOut) : 0);
            return value / weight;
        }
    }

    private Result runAdam() {
        Random random = new Random(options.seed);
        int[] order = training.clone();
        try (NDManager manager = scope.newSubManager()) {
            NDArray theta = vector(manager, flat(start));
            Adam adam = new Adam(theta, options.learningRate, options.weightDecay);
            double least = heldOutObjective(theta);
            double[] best = host(theta);
            double mark = least;
            int markedAt = 0;
            int epoch = 0;
            while (epoch < options.maxIterations && epoch - markedAt < options.patience) {
                epoch++;
                shuffle(order, random);
                for (int first = 0; first < order.length; first += options.batchSize) {
                    int end = Math.min(order.length, first + options.batchSize);
                    step(theta, adam, Arrays.copyOfRange(order, first, end), random);
                }
                double value = heldOutObjective(theta);
                if (value < least) {
                    least = value;
                    best = host(theta);
                }
                if (value < mark - LEAST_GAIN) {
                    mark = value;
                    markedAt = epoch;
                }
            }
            boolean stopped = epoch - markedAt >= options.patience;
            return result(stopped ? Status.EARLY_STOPPED : Status.MAX_ITERATIONS, best, epoch);
        }
    }

    private void step(NDArray theta, Adam adam, int[] places, Random random) {
        try (NDManager manager = scope.newSubManager()) {
            NDArray leaf = theta.duplicate();
            leaf.attach(manager);
            NDArray gradient = gradient(leaf, places, random, true);
            adam.step(gradient);
        }
    }

    private Result runLbfgs() {
        double[] best = flat(start);
        double[] least = {Double.POSITIVE_INFINITY};
        double total = weight(training);
        Lbfgs search = new Lbfgs(options.maxIterations, GRADIENT_TOLERANCE);
        Lbfgs.Objective objective =
                (x, gradient) -> {
                    double value = evaluate(x, gradient, total);
                    try (NDManager manager = scope.newSubManager()) {
                        double held = heldOutObjective(vector(manager, x));
                        if (held < least[0]) {
                            least[0] = held;
                            System.arraycopy(x, 0, best, 0, x.length);
                        }
                    }
                    return value;
                };
        Lbfgs.Result found = search.minimize(objective, best.clone());
        boolean last = Arrays.equals(found.x(), best);
        Status status =
                switch (found.status()) {
                    case CONVERGED -> last ? Status.CONVERGED : Status.EARLY_STOPPED;
                    case MAX_ITERATIONS -> last ? Status.MAX_ITERATIONS : Status.EARLY_STOPPED;
                    case LINE_SEARCH_FAILED -> last ? Status.STALLED : Status.EARLY_STOPPED;
                };
        return result(status, best, found.iterations());
    }

    private double evaluate(double[] x, double[] gradient, double total) {
        Arrays.fill(gradient, 0);
        double value = 0;
        for (int first = 0; first < training.length; first += chunk()) {
            int end = Math.min(training.length, first + chunk());
            int[] places = Arrays.copyOfRange(training, first, end);
            try (NDManager manager = scope.newSubManager()) {
                NDArray leaf = vector(manager, x);
                double[] part = new double[1];
                double[] slope =
                        gradient(leaf, places, null, false, part)
                                .toType(DataType.FLOAT64, false)
                                .toDoubleArray();
                value += part[0];
                for (int i = 0; i < slope.length; i++) {
                    gradient[i] += slope[i];
                }
            }
        }
        double decay = 0;
        for (int i = 0; i < x.length; i++) {
            gradient[i] = gradient[i] / total + options.weightDecay * x[i];
            decay += x[i] * x[i];
        }
        return value / total + options.weightDecay / 2 * decay;
    }

    private NDArray gradient(NDArray leaf, int[] places, Random random, boolean mean) {
        return gradient(leaf, places, random, mean, null);
    }

    /** The gradient of the mean loss, or of the sum of losses, which is then told. */
    private NDArray gradient(
            NDArray leaf, int[] places, Random random, boolean mean, double[] value) {
        NDManager manager = leaf.getManager();
        Batch batch = batch(manager, places);
        leaf.setRequiresGradient(true);
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
            NDArray losses = network.loss(batch, unpacked(leaf), options.objective, random);
            NDArray sum = losses.mul(batch.weights()).sum();
            NDArray loss = mean ? sum.div(counted(batch.weights())) : sum;
            collector.backward(loss);
            if (value != null) {
                value[0] = loss.toType(DataType.FLOAT64, false).getDouble();
            }
        }
        return leaf.getGradient();
    }

    /** Above zero in a batch where no sample counts. */
    private static NDArray counted(NDArray weights) {
        return Scalars.atLeast(weights.sum(), Float.MIN_NORMAL);
    }

    private Result result(Status status, double[] best, int iterations) {
        List<Coefficient> arrays = new ArrayList<>();
        for (int i = 0; i < ends.length; i++) {
            Coefficient like = start.get(i);
            int from = i == 0 ? 0 : (int) ends[i - 1];
            double[] values = Arrays.copyOfRange(best, from, (int) ends[i]);
            arrays.add(new Coefficient(like.name(), like.shape(), values));
        }
        return new Result(status, arrays, objective(arrays), iterations);
    }

    private double heldOutObjective(NDArray theta) {
        int[] judges = heldOut.length > 0 ? heldOut : training;
        return sum(theta, judges) / weight(judges);
    }

    private double sum(NDArray theta, int[] places) {
        double total = 0;
        for (int first = 0; first < places.length; first += chunk()) {
            int end = Math.min(places.length, first + chunk());
            try (NDManager manager = scope.newSubManager()) {
                manager.tempAttachAll(theta);
                Batch batch = batch(manager, Arrays.copyOfRange(places, first, end));
                NDArray map = network.map(batch.logits(), batch.features(), unpacked(theta));
                NDArray losses = batch.losses(network.rows(map), options.objective);
                total +=
                        losses.mul(batch.weights())
                                .toType(DataType.FLOAT64, false)
                                .sum()
                                .getDouble();
            }
        }
        return total;
    }

    private double weight(int[] places) {
        double total = 0;
        for (int first = 0; first < places.length; first += chunk()) {
            int end = Math.min(places.length, first + chunk());
            try (NDManager manager = scope.newSubManager()) {
                Batch batch = batch(manager, Arrays.copyOfRange(places, first, end));
                total += batch.weights().toType(DataType.FLOAT64, false).sum().getDouble();
            }
        }
        return total;
    }

    private int chunk() {
        long elements = network.elementsOfSample(samples.rows() / samples.size());
        return (int) Math.max(1, ELEMENTS_AT_ONCE / elements);
    }

    private Batch batch(NDManager manager, int[] places) {
        long[] index = Arrays.stream(places).asLongStream().toArray();
        Batch batch = samples.batch(manager, manager.create(index));
        return NeuralCalibrator.prepared(network, batch, frozen);
    }

    private NDList unpacked(NDArray theta) {
        NDList parts =
                ends.length == 1
                        ? new NDList(theta)
                        : theta.split(Arrays.copyOf(ends, ends.length - 1), 0);
        NDList arrays = new NDList();
        for (int i = 0; i < ends.length; i++) {
            arrays.add(parts.get(i).reshape(start.get(i).shape()));
        }
        return arrays;
    }

    private NDArray vector(NDManager manager, double[] values) {
        try (NDArray borrowed = manager.create(values, new Shape(values.length))) {
            return samples.type() == DataType.FLOAT64
                    ? borrowed.duplicate()
                    : borrowed.toType(samples.type(), true);
        }
    }

    private static double[] host(NDArray theta) {
        try (NDArray wide = theta.toType(DataType.FLOAT64, true)) {
            return wide.toDoubleArray();
        }
    }

    private static double[] flat(List<Coefficient> arrays) {
        return arrays.stream().flatMapToDouble(a -> Arrays.stream(a.values())).toArray();
    }

    private static void shuffle(int[] order, Random random) {
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int place = order[i];
            order[i] = order[j];
            order[j] = place;
        }
    }
}
