package dev.candor.uncertainty;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.candor.internal.Checks;
import java.util.Arrays;

/**
 * Monte Carlo dropout: predictions under several dropout masks, as if by several networks.
 *
 * <pre>
 *   q = (1/S) sum_s softmax(f(x; theta, mask_s))
 * </pre>
 *
 * <pre>{@code
 * PredictiveDistribution distribution = McDropout.of(model).samples(32).seed(1).predict(images);
 * }</pre>
 *
 * <p>Dropout is turned on alone. Batch normalisation uses its running statistics, and nothing is
 * written to them; layer normalisation and all other blocks evaluate. DJL passes one flag for all
 * of that through a network, so this class runs a copy of the blocks around each {@code Dropout},
 * and around recurrent blocks with dropout between layers. The copy shares the parameters, so that
 * it follows a training, and the model is never changed: not for a moment, not after an exception,
 * and not under concurrent use of it. A block of the user's that holds its {@code Dropout} in a
 * field of that very type is itself called as in training; before the first batch of a shape, the
 * same network with dropout at rate 0 is compared with the model, and refused unless both give the
 * same. Dropout in a function, such as {@code Dropout.dropout(x, rate, training)}, stays off in
 * blocks that are evaluated.
 *
 * <p>A TorchScript model is refused: its modes switch as a whole. One that is followed by blocks
 * with dropout evaluates. The blocks before the first dropout run once; what follows runs for many
 * samples in one forward pass, as many as fit in the memory allowed. The engine's generator draws
 * the masks: with a seed, the same batch in the same memory gives the same samples, unless another
 * thread draws from that generator at the same time. A seed is also where the generator goes on
 * from afterwards.
 *
 * <p>Input: what the network takes, samples on the first axis. Output: logits {@code [N, C]}. Not
 * for a network that ends in a softmax. The more samples the better, 10 to 100 as a rule. Immutable
 * and safe for use by several threads.
 *
 * <p>Source: Gal and Ghahramani, <i>Dropout as a Bayesian Approximation: Representing Model
 * Uncertainty in Deep Learning</i>, ICML 2016, arXiv:1506.02142.
 */
public final class McDropout {

    private static final int SAMPLES = 32;
    private static final long MEMORY = 512L << 20;

    /** Rows that are enough to compare two networks. */
    private static final int PROBED_ROWS = 2;

    /** Difference of logits, beside their size, that rounding alone may make. */
    private static final double ROUNDING = 1e-4;

    private final String name;
    private final DropoutNetwork network;
    private final int samples;
    private final Integer seed;
    private final long memory;

    private volatile Probe probe;

    /** What is known of rows of a shape: the cut that suits them and the memory each takes. */
    private record Probe(Shape[] shapes, DropoutNetwork network, long bytesPerRow) {}

    private McDropout(String name, DropoutNetwork network, int samples, Integer seed, long memory) {
        this.name = name;
        this.network = network;
        this.samples = samples;
        this.seed = seed;
        this.memory = memory;
    }

    /**
     * Prepares a model: 32 samples, no seed, 512 MiB for the arrays of one forward pass.
     *
     * @param model a trained model whose block gives logits; a block that is set later is not seen
     * @return the predictor
     * @throws IllegalArgumentException if the model has no block, parameters without values, or no
     *     active dropout, or if its dropout cannot be turned on alone
     */
    public static McDropout of(Model model) {
        Block block = model.getBlock();
        Checks.that(block != null, "model '%s' has no block", model.getName());
        block.getParameters()
                .forEach(
                        parameter ->
                                Checks.that(
                                        parameter.getValue().isInitialized(),
                                        "parameter %s of model '%s' has no values: train or load"
                                                + " the model first",
                                        parameter.getKey(),
                                        model.getName()));
        DropoutNetwork network = DropoutNetwork.of(model.getName(), block);
        return new McDropout(model.getName(), network, SAMPLES, null, MEMORY);
    }

    /**
     * Returns the same with another number of samples.
     *
     * @param samples S, at least 1
     * @return a new predictor
     */
    public McDropout samples(int samples) {
        return new McDropout(name, network, Checks.atLeast("samples", samples, 1), seed, memory);
    }

    /**
     * Returns the same with masks that are drawn from a seed.
     *
     * @param seed any number
     * @return a new predictor
     */
    public McDropout seed(int seed) {
        return new McDropout(name, network, samples, seed, memory);
    }

    /**
     * Returns the same with another bound to the memory of one forward pass. The intermediate
     * arrays of a row are measured on the first batch of its shape; one row is the least.
     *
     * @param bytes above 0
     * @return a new predictor
     */
    public McDropout memory(long bytes) {
        Checks.that(bytes > 0, "bytes = %d, expected at least 1", bytes);
        return new McDropout(name, network, samples, seed, bytes);
    }

    /**
     * Predicts a batch.
     *
     * @param input {@code [N, ...]}
     * @return S predictions of each row; they belong to the manager of the input
     * @throws IllegalArgumentException as {@link #predict(NDList)}
     */
    public PredictiveDistribution predict(NDArray input) {
        return predict(new NDList(input));
    }

    /**
     * Predicts a batch.
     *
     * @param inputs one or more arrays {@code [N, ...]}
     * @return S predictions of each row; they belong to the manager of the first input
     * @throws IllegalArgumentException if there is no input or no row, the inputs differ in N, the
     *     output is not {@code [N, C]}, or the network computes otherwise with dropout at rate 0
     */
    public PredictiveDistribution predict(NDList inputs) {
        long rows = rows(inputs);
        NDManager manager = inputs.head().getManager();
        try (NDManager scope = manager.newSubManager(inputs.head().getDevice())) {
            NDList views = views(inputs, scope);
            DetachedParameters parameters = new DetachedParameters(scope);
            Probe known = probe(views, parameters, scope);
            int rowsAtOnce =
                    (int) Math.max(1, Math.min(Integer.MAX_VALUE, memory / known.bytesPerRow()));
            if (seed != null) {
                Engine.getEngine(manager.getEngine().getEngineName()).setRandomSeed(seed);
            }
            NDList parts = new NDList();
            for (long first = 0; first < rows; first += rowsAtOnce) {
                long end = Math.min(rows, first + rowsAtOnce);
                NDList part = slice(views, first, end);
                parts.add(sample(known.network(), part, parameters, rowsAtOnce, scope));
            }
            NDArray logits = parts.size() == 1 ? parts.head() : NDArrays.concat(parts, 1);
            logits.attach(manager);
            try (NDArray all = logits) {
                return PredictiveDistribution.of(all);
            }
        }
    }

    private static long rows(NDList inputs) {
        Checks.that(!inputs.isEmpty(), "no inputs, expected at least one array");
        for (NDArray input : inputs) {
            Shape shape = input.getShape();
            Checks.that(
                    shape.dimension() > 0 && shape.size() > 0,
                    "an input has shape %s, expected [N, ...] with at least one row",
                    shape);
            Checks.that(
                    shape.get(0) == inputs.head().getShape().get(0),
                    "an input has %d rows, the first %d",
                    shape.get(0),
                    inputs.head().getShape().get(0));
        }
        return inputs.head().getShape().get(0);
    }

    private static NDList views(NDList inputs, NDManager scope) {
        NDList views = new NDList(inputs.size());
        for (NDArray input : inputs) {
            NDArray view = input.stopGradient();
            view.attach(scope);
            view.setName(input.getName());
            views.add(view);
        }
        return views;
    }

    private static NDList slice(NDList inputs, long first, long end) {
        if (first == 0 && end == inputs.head().getShape().get(0)) {
            return inputs;
        }
        NDList slices = new NDList(inputs.size());
        for (NDArray input : inputs) {
            NDArray slice = input.get(new NDIndex().addSliceDim(first, end));
            slice.setName(input.getName());
            slices.add(slice);
        }
        return slices;
    }

    /** All samples of some rows, {@code [S, n, C]}. */
    private NDArray sample(
            DropoutNetwork cut,
            NDList inputs,
            DetachedParameters parameters,
            int rowsAtOnce,
            NDManager manager) {
        long rows = inputs.head().getShape().get(0);
        int samplesAtOnce = (int) Math.max(1, Math.min(samples, rowsAtOnce / rows));
        try (NDManager scope = manager.newSubManager()) {
            NDList features = DropoutNetwork.run(cut.trunk(), parameters, views(inputs, scope));
            NDList parts = new NDList();
            for (int drawn = 0; drawn < samples; drawn += samplesAtOnce) {
                int count = Math.min(samplesAtOnce, samples - drawn);
                try (NDManager pass = scope.newSubManager()) {
                    NDList repeated = repeat(features, count, pass);
                    NDArray logits =
                            logits(
                                    DropoutNetwork.run(cut.sampled(), parameters, repeated),
                                    rows * count);
                    parts.add(logits.reshape(count, rows, logits.getShape().get(1)));
                    parts.attach(scope);
                }
            }
            NDArray all = parts.size() == 1 ? parts.head() : NDArrays.concat(parts);
            all.attach(manager);
            return all;
        }
    }

    private static NDList repeat(NDList features, int count, NDManager scope) {
        NDList repeated = new NDList(features.size());
        for (NDArray view : views(features, scope)) {
            long[] times = new long[view.getShape().dimension()];
            Arrays.fill(times, 1);
            times[0] = count;
            NDArray tiled = count == 1 ? view : view.tile(times);
            tiled.setName(view.getName());
            repeated.add(tiled);
        }
        return repeated;
    }

    private NDArray logits(NDList outputs, long rows) {
        Shape shape = outputs.head().getShape();
        Checks.that(
                outputs.size() == 1 && shape.dimension() == 2 && shape.get(0) == rows,
                "model '%s' gives %d arrays, the first of shape %s, for %d rows, expected [N, C]",
                name,
                outputs.size(),
                shape,
                rows);
        return outputs.head();
    }

    /** Compares, and measures memory, on the first rows of a shape that is new. */
    private Probe probe(NDList inputs, DetachedParameters parameters, NDManager manager) {
        Shape[] shapes =
                inputs.stream().map(input -> input.getShape().slice(1)).toArray(Shape[]::new);
        Probe known = probe;
        if (known != null && Arrays.equals(known.shapes(), shapes)) {
            return known;
        }
        long rows = Math.min(PROBED_ROWS, inputs.head().getShape().get(0));
        try (NDManager scope = manager.newSubManager()) {
            NDList first = views(slice(inputs, 0, rows), scope);
            NDList features = DropoutNetwork.run(network.trunk(), parameters, first);
            boolean batched =
                    features.stream()
                            .map(NDArray::getShape)
                            .allMatch(shape -> shape.dimension() > 0 && shape.get(0) == rows);
            DropoutNetwork cut = batched ? network : network.withoutTrunk();
            NDList start = batched ? features : first;
            compare(cut, start, parameters, rows);
            try (NDManager pass = scope.newSubManager()) {
                DropoutNetwork.run(cut.silent(), parameters, views(start, pass));
                long bytes =
                        pass.getManagedArrays().stream()
                                .mapToLong(a -> a.size() * a.getDataType().getNumOfBytes())
                                .sum();
                known = new Probe(shapes, cut, Math.max(1, bytes / rows));
            }
        }
        probe = known;
        return known;
    }

    private void compare(
            DropoutNetwork cut, NDList features, DetachedParameters parameters, long rows) {
        NDArray expected =
                logits(DropoutNetwork.run(cut.evaluated(), parameters, features), rows)
                        .toType(DataType.FLOAT64, false);
        NDArray found =
                logits(DropoutNetwork.run(cut.silent(), parameters, features), rows)
                        .toType(DataType.FLOAT64, false);
        double scale = 1 + expected.abs().max().getDouble();
        double difference = expected.sub(found).abs().max().getDouble();
        Checks.that(
                difference <= ROUNDING * scale,
                "with dropout at rate 0, the logits of model '%s' differ by %s from those in"
                        + " evaluation: a block of it does more in training than drop, or draws"
                        + " at random in evaluation",
                name,
                difference);
    }
}
