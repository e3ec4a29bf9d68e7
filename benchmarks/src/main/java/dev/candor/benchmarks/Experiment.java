package dev.candor.benchmarks;

import java.io.IOException;

/** Trains and measures the arms of the demo. */
@FunctionalInterface
interface Experiment {

    /**
     * Runs.
     *
     * @param settings what the command line asked for
     * @param progress where to tell how far it is
     * @return what was measured
     * @throws IOException if the data cannot be read; the message names the file
     */
    DemoResult run(DemoSettings settings, Progress progress) throws IOException;
}
