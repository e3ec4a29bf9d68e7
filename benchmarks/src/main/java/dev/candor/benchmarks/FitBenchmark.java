package dev.candor.benchmarks;

import dev.candor.benchmarks.suites.CalibratorBenchmark;
import dev.candor.benchmarks.suites.Fit;

/** Measures the methods of calibration that the command line offers. */
public class FitBenchmark extends CalibratorBenchmark {

    /** Creates a state, which JMH fills. */
    public FitBenchmark() {}

    @Override
    protected Fit find(String name) {
        return FitProbe.fit(name);
    }
}
