package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.Random;

/**
 * Options of every fit of a network.
 *
 * @param <B> the builder itself
 * @param <C> what it fits
 */
abstract class NetworkBuilder<B extends NetworkBuilder<B, C>, C extends NeuralCalibrator>
        extends FitBuilder<B, C> {

    private static final int MAX_ITERATIONS = 100;
    static final int MAX_TEMPERATURE_ITERATIONS = 100;

    /** With fewer samples there is nothing to judge a network by. */
    private static final int FEWEST_SAMPLES = 50;

    private static final double LARGEST_SHARE = 0.5;

    private Objective objective = Objective.LIKELIHOOD;
    private Integer batchSize;
    private double learningRate;
    private double weightDecay;
    private double validationShare = 0.2;
    private int patience = 10;
    private long seed;
    private NDArray features;

    NetworkBuilder(double learningRate, double weightDecay) {
        this.learningRate = learningRate;
        this.weightDecay = weightDecay;
    }

    abstract Network network(long classes, long width);

    /** The batch size where none was set; 0 stands for L-BFGS on all samples. */
    abstract int usualBatchSize();

    abstract C calibrator(Network network, List<Coefficient> coefficients, FitSummary summary);

    /**
     * Sets the limit of passes over the samples.
     *
     * @param maxIterations at least 1, default 100
     * @return this builder
     */
    @Override
    public B optMaxIterations(int maxIterations) {
        return super.optMaxIterations(maxIterations);
    }

    /**
     * Sets what is minimised.
     *
     * @param objective default {@link Objective#LIKELIHOOD}
     * @return this builder
     */
    public B optObjective(Objective objective) {
        this.objective = objective;
        return self();
    }

    /**
     * Sets the number of samples of a step of Adam, in place of that of the method. It is less
     * where so many would take much memory.
     *
     * @param batchSize at least 1; 0 for steps of L-BFGS, each over all samples
     * @return this builder
     */
    public B optBatchSize(int batchSize) {
        this.batchSize = Checks.atLeast("batchSize", batchSize, 0);
        return self();
    }

    /**
     * Sets the learning rate of Adam, in place of that of the method.
     *
     * @param learningRate finite and above 0
     * @return this builder
     */
    public B optLearningRate(double learningRate) {
        this.learningRate = Checks.positive("learningRate", learningRate);
        return self();
    }

    /**
     * Sets the decay of the weights, of which half the squared sum times this is added to the loss.
     *
     * @param weightDecay finite, {@code >= 0}
     * @return this builder
     */
    public B optWeightDecay(double weightDecay) {
        this.weightDecay = Checks.nonNegative("weightDecay", weightDecay);
        return self();
    }

    /**
     * Sets the share of samples that are held out to tell when to stop. Which they are follows from
     * the samples and the seed.
     *
     * @param share from 0 to 0.5, default 0.2; with 0, the samples of the training tell
     * @return this builder
     */
    public B optValidationShare(double share) {
        this.validationShare = Checks.within("validationShare", share, 0, LARGEST_SHARE);
        return self();
    }

    /**
     * Sets after how many passes of Adam that gain nothing on held-out samples training stops.
     *
     * @param patience at least 1, default 10
     * @return this builder
     */
    public B optPatience(int patience) {
        this.patience = Checks.atLeast("patience", patience, 1);
        return self();
    }

    /**
     * Sets the seed of the start, of the held-out part and of the order of samples.
     *
     * @param seed default 0
     * @return this builder
     */
    public B optSeed(long seed) {
        this.seed = seed;
        return self();
    }

    final long seed() {
        return seed;
    }

    final void features(NDArray values) {
        this.features = values;
    }

    final NDArray features() {
        return features;
    }

    static int[] hiddenUnits(int[] sizes) {
        for (int size : sizes) {
            Checks.atLeast("hiddenUnits", size, 1);
        }
        return sizes.clone();
    }

    /** A block before training, for logits and features as they come. */
    final Block newBlock(long classes, long width) {
        Checks.that(classes > 1, "classes = %d, expected at least 2", classes);
        Network network = network(classes, width);
        List<Coefficient> coefficients =
                NeuralCalibrator.given(network, network.start(new Random(seed)));
        return calibrator(network, coefficients, FitSummary.given(coefficients)).asBlock();
    }

    @Override
    C fit(LabelledLogits data, long begin) {
        NDManager scope = data.scope();
        NDArray rows = features == null ? null : featureRows(scope, data.size());
        Network network = network(data.classes(), rows == null ? 0 : rows.getShape().get(1));
        // The line search of L-BFGS takes the rounding of float32 for bends.
        DataType type = batchSize() == 0 ? DataType.FLOAT64 : Samples.trainingType(data.type());
        return fit(
                network,
                new RowSamples(data, rows, type),
                temperature(data),
                rows == null ? Moments.NONE : Moments.of(rows, network::featureRows),
                begin);
    }

    private TemperatureFit.Result temperature(LabelledLogits data) {
        TemperatureFit.Result likely = TemperatureFit.of(data, MAX_TEMPERATURE_ITERATIONS);
        if (objective == Objective.LIKELIHOOD) {
            return likely;
        }
        return likely.withTemperature(
                likely.status() == Status.CONVERGED
                        ? TemperatureFit.refined(
                                data, likely, objective, MAX_TEMPERATURE_ITERATIONS)
                        : likely.temperature());
    }

    /** Trains behind a temperature, unless that shows that there is nothing to be learnt. */
    final C fit(
            Network network,
            Samples samples,
            TemperatureFit.Result scaling,
            Moments moments,
            long begin) {
        List<Coefficient> identity = network.identity();
        List<Coefficient> plain = NeuralCalibrator.coefficients(network, 1, moments, identity);
        List<Coefficient> tempered =
                NeuralCalibrator.coefficients(network, scaling.temperature(), moments, identity);
        NetworkFit fit = training(network, samples, tempered);
        double before = scaling.before();
        double after = scaling.after();
        if (Double.isNaN(after)) {
            before = training(network, samples, plain).objective(identity);
            after = fit.objective(identity);
        }
        Status status = scaling.status();
        int iterations = scaling.iterations();
        List<Coefficient> found = tempered;
        if (status == Status.CONVERGED && samples.rows() < FEWEST_SAMPLES) {
            status = Status.TOO_FEW_SAMPLES;
        } else if (status == Status.CONVERGED) {
            NetworkFit.Result result = fit.run();
            status = result.status();
            iterations += result.iterations();
            if (result.value() < after) {
                after = result.value();
                found =
                        NeuralCalibrator.coefficients(
                                network, scaling.temperature(), moments, result.arrays());
            }
        }
        if (!(after <= before)) {
            found = plain;
            after = before;
        }
        FitSummary summary =
                new FitSummary(status, iterations, before, after, secondsSince(begin), found);
        return calibrator(network, found, summary);
    }

    private NetworkFit training(Network network, Samples samples, List<Coefficient> coefficients) {
        int frozen = NeuralCalibrator.frozen(network);
        return new NetworkFit(network, samples, coefficients.subList(0, frozen), options());
    }

    private int batchSize() {
        return batchSize == null ? usualBatchSize() : batchSize;
    }

    private NetworkFit.Options options() {
        return new NetworkFit.Options(
                objective,
                maxIterations(MAX_ITERATIONS),
                batchSize(),
                learningRate,
                weightDecay,
                validationShare,
                patience,
                seed);
    }

    private NDArray featureRows(NDManager scope, long size) {
        Shape shape = features.getShape();
        Checks.that(
                features.getDataType().isFloating(),
                "features have type %s, expected a floating-point type",
                features.getDataType());
        Checks.that(
                shape.dimension() == 2 && shape.get(0) == size && shape.get(1) > 0,
                "features have shape %s for %d samples, expected [N, F]",
                shape,
                size);
        return within(scope, features);
    }

    /** The values on the device of a manager, without their graph. */
    static NDArray within(NDManager scope, NDArray values) {
        NDArray detached = values.stopGradient();
        detached.attach(scope);
        return detached.toDevice(scope.getDevice(), false);
    }
}
