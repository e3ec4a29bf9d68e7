package dev.candor.benchmarks.suites;

import ai.djl.Device;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Time and allocation on the heap and beside it, with JMH, each in a process of its own. */
final class Kernels {

    private static final String HOST_ALLOCATION = "gc.alloc.rate.norm";
    private static final String HEADER = "%-30s %12s %14s %12s %14s%n";
    private static final double MILLISECONDS = 1e-3;
    private static final int MEDIAN = 50;

    private final Class<?> benchmark;
    private final String parameter;
    private final int threads;
    private final long seed;
    private final Device device;
    private final UnaryOperator<ChainedOptionsBuilder> jmh;

    /** Takes the benchmark, and which of its parameters names what is measured. */
    Kernels(
            Class<?> benchmark,
            String parameter,
            int threads,
            long seed,
            Device device,
            UnaryOperator<ChainedOptionsBuilder> jmh) {
        this.benchmark = benchmark;
        this.parameter = parameter;
        this.threads = threads;
        this.seed = seed;
        this.device = device;
        this.jmh = jmh;
    }

    /**
     * One result of JMH.
     *
     * @param milliseconds over the iterations
     * @param score the mean of the iterations, in milliseconds
     * @param error half of the interval that holds the mean with a confidence of 99.9 percent, in
     *     milliseconds; NaN of too few iterations
     * @param hostBytes allocated on the heap by an invocation, or NaN
     * @param nativeBytes taken from the engine by an invocation, or NaN
     */
    record Row(
            String name,
            String work,
            String shape,
            Spread milliseconds,
            double score,
            double error,
            double hostBytes,
            double nativeBytes) {

        private static Row of(String name, LossShape shape, RunResult result) {
            BenchmarkParams parameters = result.getParams();
            Statistics times = result.getPrimaryResult().getStatistics();
            String method = parameters.getBenchmark();
            return new Row(
                    name,
                    method.substring(method.lastIndexOf('.') + 1),
                    shape.toString(),
                    new Spread(
                            times.getPercentile(MEDIAN) * MILLISECONDS,
                            times.getMin() * MILLISECONDS,
                            times.getMax() * MILLISECONDS),
                    times.getMean() * MILLISECONDS,
                    times.getMeanErrorAt(0.999) * MILLISECONDS,
                    secondary(result, HOST_ALLOCATION),
                    secondary(result, NativeAllocationProfiler.LABEL));
        }

        private static double secondary(RunResult result, String label) {
            Result<?> found = result.getSecondaryResults().get(label);
            return found == null ? Double.NaN : found.getScore();
        }

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", name);
            json.addProperty("work", work);
            json.addProperty("shape", shape);
            json.add("milliseconds", milliseconds.toJson());
            json.addProperty("score", score);
            addFinite(json, "error", error);
            json.addProperty("unit", "ms/op");
            addFinite(json, "hostBytes", hostBytes);
            addFinite(json, "nativeBytes", nativeBytes);
            return json;
        }

        private static void addFinite(JsonObject json, String name, double value) {
            if (Double.isFinite(value)) {
                json.addProperty(name, value);
            }
        }
    }

    List<Row> run(Collection<String> names, LossShape shape, PrintWriter out) throws IOException {
        out.printf(HEADER, "kernel, " + shape, "ms", "error of mean", "host bytes", "native bytes");
        List<Row> rows = new ArrayList<>();
        for (String name : names) {
            Collection<RunResult> results = run(name, shape);
            for (RunResult result : results) {
                Row row = Row.of(name, shape, result);
                rows.add(row);
                print(results.size() == 1 ? name : name + ", " + row.work, row, out);
            }
        }
        out.println();
        return rows;
    }

    private Collection<RunResult> run(String name, LossShape shape) throws IOException {
        ChainedOptionsBuilder options =
                new OptionsBuilder()
                        .include("^" + Pattern.quote(benchmark.getName() + "."))
                        .param(parameter, name)
                        .param("shape", shape.toString())
                        .param("seed", Long.toString(seed))
                        .param("device", Machine.name(device))
                        .addProfiler(GCProfiler.class)
                        .addProfiler(NativeAllocationProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .jvmArgsAppend(FreshJvm.ENGINE_ARGUMENTS)
                        .jvmArgsPrepend(EngineThreads.argument(threads));
        String classPath = System.setProperty("java.class.path", FreshJvm.classPath());
        try {
            return new Runner(jmh.apply(options).build()).run();
        } catch (RunnerException e) {
            throw new IOException("measuring " + name + " " + shape + ": " + reason(e), e);
        } finally {
            System.setProperty("java.class.path", classPath);
        }
    }

    /** What the benchmark threw, which JMH wraps and suppresses. */
    private static String reason(Throwable thrown) {
        if (thrown.getSuppressed().length > 0) {
            return reason(thrown.getSuppressed()[0]);
        }
        return thrown.getCause() == null ? thrown.getMessage() : reason(thrown.getCause());
    }

    private static void print(String label, Row row, PrintWriter out) {
        out.printf(
                HEADER,
                label,
                figure("%.4f", row.milliseconds.median()),
                figure("%.4f", row.error),
                figure("%.0f", row.hostBytes),
                figure("%.0f", row.nativeBytes));
        out.flush();
    }

    private static String figure(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
    }
}
