package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.Calibrator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Time and allocation of a fit of a calibrator, and of its application.
 *
 * <p>On a GPU an application ends with the read of one value, which waits for the device. A fit
 * reads its parameters anyway.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public abstract class CalibratorBenchmark {

    private static final String FIT = ".fit";

    /** The name of the method. */
    @Param("temperature")
    public String method;

    /** The shape of the logits, see {@link LossShape#parse}. */
    @Param("1000x10")
    public String shape;

    /** Seed of the logits. */
    @Param("7")
    public long seed;

    /** Where the arrays lie, such as gpu0. */
    @Param("cpu")
    public String device;

    private NDManager manager;
    private SeededLogits made;
    private Fit fit;
    private Calibrator fitted;

    /** Creates a state, which JMH fills. */
    protected CalibratorBenchmark() {}

    /**
     * Finds a method.
     *
     * @param name its name
     * @return its fit
     */
    protected abstract Fit find(String name);

    /**
     * Makes the logits, fits once and profiles what is measured.
     *
     * @param benchmark which of the two is measured
     */
    @Setup
    public void open(BenchmarkParams benchmark) {
        open(benchmark.getBenchmark().endsWith(FIT));
    }

    void open(boolean ofFit) {
        Device where = Device.fromName(device);
        manager = NDManager.newBaseManager(where);
        made = SeededLogits.of(LossShape.parse(shape), seed, manager);
        fit = find(method);
        double start = Clock.WALL.seconds();
        fitted = fit();
        boolean isLong = Clock.WALL.seconds() - start > EngineCalls.LONGEST_FIT_SECONDS;
        if (!ofFit) {
            NativeAllocationProfiler.tell(EngineProfile.of(where, this::apply).bytes());
        } else if (!isLong) {
            NativeAllocationProfiler.tell(EngineProfile.once(where, this::fit).bytes());
        }
    }

    /**
     * Fits.
     *
     * @return the calibrator
     */
    @Benchmark
    public Calibrator fit() {
        return fit.fit(made.logits(), made.labels());
    }

    /**
     * Calibrates the logits of the fit.
     *
     * @return the calibrated logits, closed
     */
    @Benchmark
    public NDArray apply() {
        NDArray calibrated = fitted.apply(made.logits());
        DeviceWork.await(calibrated);
        calibrated.close();
        return calibrated;
    }

    /** Releases the logits. */
    @TearDown
    public void close() {
        manager.close();
    }
}
