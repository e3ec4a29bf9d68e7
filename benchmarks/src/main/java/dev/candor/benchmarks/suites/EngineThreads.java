package dev.candor.benchmarks.suites;

import ai.djl.engine.Engine;
import dev.candor.internal.Checks;

/** The number of threads with which the engine computes one operation. */
public final class EngineThreads {

    private static final String PROPERTY = "ai.djl.pytorch.num_threads";

    private EngineThreads() {}

    /**
     * Starts the engine, which reads the number then and never again.
     *
     * @param threads the number of threads, at least 1
     * @throws IllegalArgumentException if the process was started with another number
     */
    public static void start(int threads) {
        String set = System.getProperty(PROPERTY);
        if (set == null) {
            System.setProperty(PROPERTY, Integer.toString(threads));
        } else {
            Checks.that(
                    set.equals(Integer.toString(threads)),
                    "threads = %d, but this process was started with %s = %s",
                    threads,
                    PROPERTY,
                    set);
        }
        Engine.getInstance();
    }

    /** The argument that tells a new virtual machine. */
    static String argument(int threads) {
        return "-D" + PROPERTY + "=" + threads;
    }
}
