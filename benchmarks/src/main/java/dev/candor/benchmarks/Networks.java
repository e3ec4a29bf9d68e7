package dev.candor.benchmarks;

import dev.candor.benchmarks.suites.StepMemory;
import dev.candor.benchmarks.suites.Workload;
import java.io.IOException;
import java.util.List;

/**
 * The networks to measure with, and the process in which the memory of training one is measured.
 */
public final class Networks {

    static final Workload DEMO =
            new Workload("demo", DemoNetwork.IMAGE, dropout -> DemoNetwork.newBlock(10, dropout));
    static final List<Workload> ALL =
            List.of(
                    DEMO,
                    new Workload("resnet-20", ResNet20.IMAGE, ResNet20::new),
                    Workload.transformer());

    private Networks() {}

    /**
     * Measures training of one network, see {@link StepMemory#probe}.
     *
     * @param arguments as they are there
     * @throws IOException if the system does not tell its memory or the file cannot be written
     */
    public static void main(String... arguments) throws IOException {
        StepMemory.probe(arguments, Networks::of);
    }

    private static Workload of(String name) {
        return ALL.stream()
                .filter(network -> network.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no network '" + name + "'"));
    }
}
