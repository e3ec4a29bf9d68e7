package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time and allocation of one forward and backward pass of a loss.
 *
 * <p>On a GPU a pass ends with the read of the loss, which waits for the device.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class LossBenchmark {

    /** The name of the loss in {@link LossCatalogue}. */
    @Param(LossCatalogue.CROSS_ENTROPY)
    public String loss;

    /** The shape of the logits, see {@link LossShape#parse}. */
    @Param("128x10")
    public String shape;

    /** Seed of the inputs. */
    @Param("7")
    public long seed;

    /** Where the arrays lie, such as gpu0. */
    @Param("cpu")
    public String device;

    private NDManager manager;
    private LossInputs inputs;
    private LossInput input;
    private Loss measured;
    private GradientCollector collector;
    private NDManager scope;
    private NDList predictions;

    /** Creates a state, which JMH fills. */
    public LossBenchmark() {}

    /** Makes the inputs, and profiles a pass. */
    @Setup
    public void open() {
        LossShape size = LossShape.parse(shape);
        LossCatalogue.Entry entry = LossCatalogue.of(loss);
        manager = NDManager.newBaseManager(Device.fromName(device));
        inputs = new LossInputs(manager, size, seed);
        input = entry.input();
        measured = entry.factory().apply(size);
        NativeAllocationProfiler.tell(LossPass.profile(measured, input, inputs).bytes());
        collector = Engine.getInstance().newGradientCollector();
    }

    /** Makes a new leaf, for the gradient of an old one would be added to. */
    @Setup(Level.Invocation)
    public void openPass() {
        scope = manager.newSubManager();
        NDArray leaf = inputs.predictions(input).duplicate();
        leaf.attach(scope);
        leaf.setRequiresGradient(true);
        predictions = new NDList(leaf);
    }

    /**
     * Computes the loss and its gradient.
     *
     * @return the loss, closed
     */
    @Benchmark
    public NDArray forwardAndBackward() {
        NDArray value = measured.evaluate(inputs.labels(input), predictions);
        collector.backward(value);
        DeviceWork.await(value);
        value.close();
        return value;
    }

    /** Releases what the pass held. */
    @TearDown(Level.Invocation)
    public void closePass() {
        scope.close();
    }

    /** Releases the inputs. */
    @TearDown
    public void close() {
        collector.close();
        manager.close();
    }
}
