package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What a device can do at best, measured in the process that measures the rest, once: the fastest
 * of a few tries.
 *
 * <p>The memory bandwidth is that of a copy from one array to another, much larger than the caches:
 * bytes read and bytes written, over time. The rate of arithmetic is that of the product of two
 * square matrices of size n, for which 2n³ operations count, in float32 as the engine computes it
 * by default; on a GPU also in float16, and in bfloat16 in a process of its own, for an engine that
 * does not know that type ends its process.
 */
public final class Ceilings {

    /** Logits of fewer bytes lie in the caches, and calls take longer than memory. */
    static final long LEAST_BYTES = 1 << 20;

    private static final String RATE = "operationsPerSecond";
    private static final int TRIES = 6;
    private static final long CPU_BYTES = 1L << 28;
    private static final long GPU_BYTES = 1L << 31;
    private static final int CPU_SIZE = 1024;
    private static final int GPU_SIZE = 8192;

    private static final Map<Key, Ceilings> MEASURED = new ConcurrentHashMap<>();

    private record Key(Device device, Clock clock) {}

    private final long copied;
    private final double bytesPerSecond;
    private final int size;
    private final Map<DataType, Double> operationsPerSecond = new EnumMap<>(DataType.class);

    private Ceilings(Device device, int threads, Clock clock) throws IOException {
        size = device.isGpu() ? GPU_SIZE : CPU_SIZE;
        try (NDManager manager = NDManager.newBaseManager(device)) {
            NDArray[] arrays = pair(device.isGpu() ? GPU_BYTES : CPU_BYTES, manager);
            copied = Float.BYTES * arrays[0].size();
            NDIndex all = new NDIndex(":");
            double seconds = fastest(clock, arrays[1], () -> arrays[1].set(all, arrays[0]));
            bytesPerSecond = 2 * copied / seconds;
        }
        operationsPerSecond.put(DataType.FLOAT32, product(device, DataType.FLOAT32, clock));
        if (device.isGpu()) {
            operationsPerSecond.put(DataType.FLOAT16, product(device, DataType.FLOAT16, clock));
            double apart = productApart(device, DataType.BFLOAT16, threads);
            if (apart > 0) {
                operationsPerSecond.put(DataType.BFLOAT16, apart);
            }
        }
    }

    static Ceilings of(Device device, int threads, Clock clock) throws IOException {
        Key key = new Key(device, clock);
        Ceilings known = MEASURED.get(key);
        if (known == null) {
            known = new Ceilings(device, threads, clock);
            MEASURED.put(key, known);
        }
        return known;
    }

    /** Two arrays of that many bytes each, or of fewer where they do not fit. */
    private static NDArray[] pair(long bytes, NDManager manager) {
        Shape shape = new Shape(bytes / Float.BYTES);
        NDManager attempt = manager.newSubManager();
        try {
            return new NDArray[] {attempt.ones(shape), attempt.zeros(shape)};
        } catch (EngineException e) {
            attempt.close();
            if (bytes <= LEAST_BYTES) {
                throw e;
            }
            return pair(bytes / 2, manager);
        }
    }

    private static double fastest(Clock clock, NDArray result, Runnable work) {
        double fastest = Double.POSITIVE_INFINITY;
        for (int i = -1; i < TRIES; i++) {
            double start = clock.seconds();
            work.run();
            DeviceWork.await(result);
            double seconds = clock.seconds() - start;
            fastest = i < 0 ? fastest : Math.min(fastest, seconds);
        }
        return fastest;
    }

    private static double product(Device device, DataType type, Clock clock) {
        int size = device.isGpu() ? GPU_SIZE : CPU_SIZE;
        try (NDManager manager = NDManager.newBaseManager(device)) {
            NDArray matrix = manager.ones(new Shape(size, size)).toType(type, false);
            NDArray probe = manager.zeros(new Shape(1));
            double seconds = fastest(clock, probe, () -> matrix.matMul(matrix).close());
            return 2.0 * size * size * size / seconds;
        }
    }

    /** Zero where the process ended. */
    private static double productApart(Device device, DataType type, int threads)
            throws IOException {
        FreshJvm.Outcome outcome =
                FreshJvm.of(Ceilings.class, threads)
                        .arguments(Machine.name(device), type.name())
                        .run();
        return outcome.status() == 0 ? outcome.answer().get(RATE).getAsDouble() : 0;
    }

    /**
     * Measures the matrix product of one type in this process.
     *
     * @param arguments a file for the figure, the device, the type
     * @throws IOException if the file cannot be written
     */
    public static void main(String... arguments) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty(
                RATE,
                product(Device.fromName(arguments[1]), DataType.valueOf(arguments[2]), Clock.WALL));
        FreshJvm.answer(arguments, json);
    }

    double bytesPerSecond() {
        return bytesPerSecond;
    }

    double operationsPerSecond(DataType type) {
        return operationsPerSecond.getOrDefault(type, Double.NaN);
    }

    /**
     * The part of the bandwidth that a pass of a loss reaches: what a single fused kernel has to
     * move, one read of float32 logits and one write of their gradient, over the time of the pass.
     * NaN for logits of fewer bytes than {@link #LEAST_BYTES}.
     */
    double share(LossShape shape, double seconds) {
        double logits = (double) Float.BYTES * shape.rows() * shape.classes();
        return logits < LEAST_BYTES ? Double.NaN : 2 * logits / seconds / bytesPerSecond;
    }

    /** A share as a table shows it. */
    static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f", 100 * share);
    }

    /** What the tables mean by it. */
    static String explanation() {
        return String.format(
                Locale.ROOT,
                "%% memory: what one fused kernel had to move, a read of the logits and a write of"
                        + " the gradient,%nover the time of the pass, as a part of the bandwidth;"
                        + " of logits of at least %d MiB.%n",
                LEAST_BYTES >> 20);
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("copiedBytes", copied);
        json.addProperty("bytesPerSecond", bytesPerSecond);
        json.addProperty("matrixSize", size);
        JsonObject rates = new JsonObject();
        operationsPerSecond.forEach(
                (type, rate) -> rates.addProperty(type.name().toLowerCase(Locale.ROOT), rate));
        json.add("operationsPerSecond", rates);
        return json;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "ceilings: memory %.1f GB/s (copy of %d MiB), matrix product %s GFLOP/s (size %d)",
                bytesPerSecond * 1e-9,
                copied >> 20,
                operationsPerSecond.entrySet().stream()
                        .map(
                                entry ->
                                        String.format(
                                                Locale.ROOT,
                                                "%s %.0f",
                                                entry.getKey().name().toLowerCase(Locale.ROOT),
                                                entry.getValue() * 1e-9))
                        .collect(Collectors.joining(", ")),
                size);
    }
}
