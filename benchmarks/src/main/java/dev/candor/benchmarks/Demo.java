package dev.candor.benchmarks;

import java.io.IOException;

/** The demo's training. */
final class Demo {

    private Demo() {}

    /** Trains and measures each arm. */
    static DemoResult run(DemoSettings settings, Progress progress) throws IOException {
        throw new IOException("the demo has no arms yet");
    }
}
