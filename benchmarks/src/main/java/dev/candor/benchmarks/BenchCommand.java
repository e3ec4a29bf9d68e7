package dev.candor.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.candor.benchmarks.losses.EngineThreads;
import dev.candor.benchmarks.losses.LossShape;
import dev.candor.benchmarks.losses.LossSuite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Measures the library itself. */
@Command(
        name = "bench",
        header = "Measures time and memory beside torch.",
        description = {
            "The torch side needs a Python with torch: python3, or what CANDOR_PYTHON names."
                    + " Without one it is left out.",
            "Exit code 0, also where a figure misses its bar."
        })
final class BenchCommand implements Callable<Integer> {

    /** What is measured. */
    enum Suite {
        LOSSES,
        TRAINING;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads shapes such as 4096x100. */
    private static final class ShapeConverter implements ITypeConverter<LossShape> {

        @Override
        public LossShape convert(String text) {
            try {
                return LossShape.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    @Spec private CommandSpec spec;

    @Option(
            names = "--suite",
            paramLabel = "SUITE",
            defaultValue = "losses",
            description =
                    "One of ${COMPLETION-CANDIDATES}; training measures what the plug-ins add to an"
                            + " epoch of the demo. Default: ${DEFAULT-VALUE}.")
    private Suite suite;

    @Option(
            names = "--part",
            paramLabel = "PART",
            split = ",",
            description =
                    "Of the losses: one or more of ${COMPLETION-CANDIDATES}. Default: all but"
                            + " kernels.")
    private List<LossSuite.Part> parts;

    @Option(
            names = "--loss",
            paramLabel = "LOSS",
            split = ",",
            description = "The name of a loss, with :variant where it has several. Default: all.")
    private List<String> losses;

    @Option(
            names = "--shape",
            paramLabel = "NxC",
            split = ",",
            converter = ShapeConverter.class,
            description = "Shapes of logits. Default: 128x10,128x1000,4096x100,65536x10.")
    private List<LossShape> shapes;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Paired measurements for each ratio. Default: ${DEFAULT-VALUE}.")
    private int pairs;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "2",
            description = "Threads of an operation, on both sides. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "7",
            description = "Seed of the inputs. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write all figures.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        if (json != null) {
            Output.checkTarget(json);
        }
        JsonObject report = suite == Suite.TRAINING ? training() : losses();
        if (json != null) {
            Output.write(
                    json, new GsonBuilder().setPrettyPrinting().create().toJson(report) + "\n");
        }
        return 0;
    }

    private JsonObject training() throws IOException {
        EngineThreads.start(threads);
        return new TrainingLoop(pairs, (int) seed).run(spec.commandLine().getOut());
    }

    private JsonObject losses() throws IOException {
        LossSuite.Builder builder =
                LossSuite.builder().optPairs(pairs).optThreads(threads).optSeed(seed);
        if (parts != null) {
            builder.optParts(parts);
        }
        if (losses != null) {
            builder.optLosses(losses);
        }
        if (shapes != null) {
            builder.optShapes(shapes);
        }
        return builder.build().run(spec.commandLine().getOut());
    }
}
