package dev.candor.benchmarks;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The outcome of the demo.
 *
 * @param setup what was trained, on what
 * @param versions versions by name, in the order to show
 * @param arms the ways of training, in the order to show
 */
record DemoResult(Setup setup, Map<String, String> versions, List<ArmResult> arms) {

    DemoResult {
        versions = new LinkedHashMap<>(versions);
        arms = List.copyOf(arms);
    }

    /**
     * What all arms share.
     *
     * @param data the name of the data set
     * @param training number of images trained on
     * @param validation number of images the temperature is fitted on
     * @param test number of images measured
     * @param network the architecture, in a phrase
     * @param schedule optimiser, batches and epochs, in a phrase
     * @param seed the seed
     * @param threads threads of the engine
     */
    record Setup(
            String data,
            int training,
            int validation,
            int test,
            String network,
            String schedule,
            int seed,
            int threads) {}

    /** The versions of this program, the engine and the platform. */
    static Map<String, String> currentVersions() throws IOException {
        Engine engine = Engine.getInstance();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("Candor", Candor.Version.current());
        versions.put("DJL", Engine.getDjlVersion());
        versions.put(engine.getEngineName(), engine.getVersion());
        versions.put("Java", Runtime.version().toString());
        return versions;
    }
}
