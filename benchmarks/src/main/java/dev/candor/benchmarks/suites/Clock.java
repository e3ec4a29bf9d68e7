package dev.candor.benchmarks.suites;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;

/** What is read before and after a measured piece of work. */
enum Clock {
    /** The processor time of the measuring thread: what other programs do does not count. */
    CPU("processor time of the thread", Clock::threadTime),
    /** The time that passes. */
    WALL("wall time", System::nanoTime);

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final String description;
    private final LongSupplier nanoseconds;

    Clock(String description, LongSupplier nanoseconds) {
        this.description = description;
        this.nanoseconds = nanoseconds;
    }

    /** Processor time is that of one thread, and hides the work of any other. */
    static Clock of(int threads) {
        return threads == 1 && ManagementFactory.getThreadMXBean().isCurrentThreadCpuTimeSupported()
                ? CPU
                : WALL;
    }

    String description() {
        return description;
    }

    double seconds() {
        return nanoseconds.getAsLong() * 1e-9;
    }

    private static long threadTime() {
        return THREADS.getCurrentThreadCpuTime();
    }
}
