package dev.candor.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.candor.benchmarks.suites.CalibratorSuite;
import dev.candor.benchmarks.suites.LossShape;
import dev.candor.benchmarks.suites.LossSuite;
import dev.candor.benchmarks.suites.Part;
import dev.candor.benchmarks.suites.Regression;
import dev.candor.benchmarks.suites.Suite;
import dev.candor.benchmarks.suites.TrainingSuite;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
    enum Choice {
        /** A little of everything, in a minute or two. */
        QUICK,
        LOSSES,
        CALIBRATORS,
        /** What the plug-ins add to an epoch of the demo. */
        TRAINING,
        ALL;

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

    private static final Pattern DEVICE = Pattern.compile("cpu|gpu\\d{1,3}");
    private static final int QUICK_PAIRS = 3;
    private static final LossShape QUICK_SHAPE = new LossShape(128, 10);
    private static final List<String> QUICK_LOSSES =
            List.of("CrossEntropyLoss", "SoftBinnedEceLoss", "FocalLoss", "LabelSmoothingLoss");

    @Spec private CommandSpec spec;

    @Option(
            names = "--suite",
            paramLabel = "SUITE",
            defaultValue = "quick",
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Choice suite;

    @Option(
            names = "--part",
            paramLabel = "PART",
            split = ",",
            description =
                    "Of the suite: one or more of ${COMPLETION-CANDIDATES}, those that it has."
                            + " Default: all but kernels.")
    private List<Part> parts;

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
            description = "Paired measurements for each ratio. Default: 5, quick: 3.")
    private Integer pairs;

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

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "cpu, or gpu0 and so on. Default: ${DEFAULT-VALUE}.")
    private String device;

    @Option(
            names = "--compare",
            paramLabel = "FILE",
            description = "A report of --json; tells what got slower since, beyond noise.")
    private Path compare;

    @Option(names = "--json", paramLabel = "FILE", description = "Where to write all figures.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        if (json != null) {
            Output.checkTarget(json);
        }
        JsonObject before = compare == null ? null : read(compare);
        Device where = device();
        PrintWriter out = spec.commandLine().getOut();
        JsonArray reports = new JsonArray();
        for (Suite.Builder<?> builder : builders()) {
            builder.optThreads(threads).optSeed(seed).optDevice(where);
            if (pairs != null) {
                builder.optPairs(pairs);
            }
            if (parts != null) {
                builder.optParts(parts);
            }
            reports.add(builder.build().run(out));
            out.flush();
        }
        JsonObject report = new JsonObject();
        report.add("suites", reports);
        if (before != null) {
            Regression.of(before, report).print(out);
        }
        if (json != null) {
            Output.write(
                    json, new GsonBuilder().setPrettyPrinting().create().toJson(report) + "\n");
        }
        return 0;
    }

    private List<Suite.Builder<?>> builders() {
        LossSuite.Builder losses = LossSuite.builder();
        CalibratorSuite.Builder calibrators = CalibratorSuite.builder();
        TrainingSuite.Builder training = TrainingSuite.builder(BenchCommand::demo);
        if (suite == Choice.QUICK) {
            losses.optPairs(QUICK_PAIRS).optLosses(QUICK_LOSSES).optShapes(List.of(QUICK_SHAPE));
            calibrators
                    .optPairs(QUICK_PAIRS)
                    .optSizes(new LossShape(10_000, 100), 1_000_000, 100_000);
        }
        if (this.losses != null) {
            losses.optLosses(this.losses);
        }
        if (shapes != null) {
            losses.optShapes(shapes);
        }
        return switch (suite) {
            case LOSSES -> List.of(losses);
            case CALIBRATORS -> List.of(calibrators);
            case TRAINING -> List.of(training);
            case QUICK -> List.of(losses, calibrators);
            case ALL -> List.of(losses, calibrators, training);
        };
    }

    private static TrainingSuite.Task demo(NDManager manager) throws IOException {
        ArmTraining.Images images = ArmTraining.Images.of(ImageData.bundled(manager));
        return new TrainingSuite.Task(
                () -> DemoNetwork.newBlock(images.classes()),
                DemoNetwork.IMAGE,
                ArmTraining.dataset(images.training(), true),
                ArmTraining.dataset(images.validation(), false));
    }

    private Device device() {
        if (!DEVICE.matcher(device).matches()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--device: no device '" + device + "', cpu or gpu0 and so on");
        }
        return Device.fromName(device);
    }

    private static JsonObject read(Path file) throws IOException {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (NoSuchFileException e) {
            throw new BadData(file + ": no such file");
        } catch (JsonParseException | IllegalStateException e) {
            throw new BadData(file + " is no report of this command");
        }
    }
}
