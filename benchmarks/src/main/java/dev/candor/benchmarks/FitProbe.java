package dev.candor.benchmarks;

import dev.candor.benchmarks.suites.Fit;
import dev.candor.benchmarks.suites.FitMemory;
import java.io.IOException;

/** The process in which the memory of one fit is measured. */
public final class FitProbe {

    private FitProbe() {}

    /**
     * Measures one fit, see {@link FitMemory#probe}.
     *
     * @param arguments as they are there
     * @throws IOException if the system does not tell its memory or the file cannot be written
     */
    public static void main(String... arguments) throws IOException {
        FitMemory.probe(arguments, FitProbe::fit);
    }

    static Fit fit(String name) {
        FitMethod method = FitMethods.of(name).orElseThrow();
        return (logits, labels) -> method.fit().fit(logits, labels, FitOptions.NONE);
    }
}
