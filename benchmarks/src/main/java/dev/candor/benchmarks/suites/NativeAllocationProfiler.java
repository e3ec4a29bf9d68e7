package dev.candor.benchmarks.suites;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Native memory beside the time in the results of JMH. A benchmark profiles one invocation when it
 * is set up, for the engine's profiler would disturb the time.
 */
public final class NativeAllocationProfiler implements InternalProfiler {

    static final String LABEL = "native.alloc.norm";

    private static final long UNKNOWN = -1;

    private static volatile long bytes = UNKNOWN;

    /** Creates a profiler, as JMH does. */
    public NativeAllocationProfiler() {}

    /** Takes the bytes of one invocation of the benchmark that this process runs, or -1. */
    static void tell(long bytesOfInvocation) {
        bytes = bytesOfInvocation;
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {}

    @Override
    public Collection<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return bytes == UNKNOWN
                ? List.of()
                : List.of(new ScalarResult(LABEL, bytes, "B/op", AggregationPolicy.AVG));
    }

    @Override
    public String getDescription() {
        return "Native memory of an invocation, by the profiler of the engine";
    }
}
