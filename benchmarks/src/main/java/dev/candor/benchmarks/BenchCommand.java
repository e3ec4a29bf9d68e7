package dev.candor.benchmarks;

import ai.djl.Device;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.candor.benchmarks.suites.CalibratorSuite;
import dev.candor.benchmarks.suites.Fit;
import dev.candor.benchmarks.suites.InferenceSuite;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
            "Ends with the bars that were missed. Exit code 0 also then."
        })
final class BenchCommand implements Callable<Integer> {

    /** What is measured. */
    enum Choice {
        /** A little of everything, in a minute or two. */
        QUICK,
        /** All that is held to a bar. */
        BARS,
        LOSSES,
        CALIBRATORS,
        TRAINING,
        INFERENCE,
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
    private static final List<LossShape> QUICK_SAMPLES =
            List.of(new LossShape(1_000, 10), new LossShape(10_000, 10));
    private static final List<LossShape> QUICK_CLASSES =
            List.of(new LossShape(1_000, 10), new LossShape(1_000, 100));
    private static final List<String> NOT_BY_DEFAULT =
            List.of(FitMethods.BEST, "platt", "logistic", "quadratic", "beta");

    /** Would take an hour with a thousand classes. */
    private static final List<String> OF_FEW_CLASSES =
            List.of(
                    "matrix",
                    "dirichlet",
                    "sms",
                    "pts",
                    "order-preserving",
                    "order-invariant",
                    "diagonal",
                    "rank-preserving");

    private static final char NO_BREAK_SPACE = '\u00a0';
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
            names = "--method",
            paramLabel = "METHOD",
            split = ",",
            completionCandidates = FitMethods.Names.class,
            description = "Methods of calibration by name. Default: all of many classes.")
    private List<String> methods;

    @Option(
            names = "--shape",
            paramLabel = "NxC",
            split = ",",
            converter = ShapeConverter.class,
            description = "Shapes of logits. Default: 128x10,128x1000,4096x100,65536x10.")
    private List<LossShape> shapes;

    @Option(
            names = "--logits",
            paramLabel = "NxC",
            split = ",",
            converter = ShapeConverter.class,
            description =
                    "Logits on which a temperature is fitted beside torch, the first, and the memory"
                            + " of a fit measured, all. Default: 50000x1000, quick: 10000x100.")
    private List<LossShape> logits;

    @Option(
            names = "--batch",
            paramLabel = "N",
            split = ",",
            description =
                    "Inputs at once, of training and predictions. Default: 32,128,512 and 1,16,256,"
                            + " on a GPU 128,1024,8192 and 1,128,1024.")
    private List<Integer> batches;

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
        String command = "./candor " + String.join(" ", words());
        for (Suite.Builder<?> builder : builders()) {
            builder.optThreads(threads).optSeed(seed).optDevice(where);
            if (pairs != null) {
                builder.optPairs(pairs);
            }
            if (parts != null) {
                builder.optParts(parts);
            }
            JsonObject measured = builder.build().run(out);
            measured.addProperty("command", command);
            reports.add(measured);
            out.flush();
        }
        JsonObject report = new JsonObject();
        report.add("suites", reports);
        printMissed(report, out);
        if (before != null) {
            Regression.of(before, report).print(out);
        }
        if (json != null) {
            Output.write(
                    json, new GsonBuilder().setPrettyPrinting().create().toJson(report) + "\n");
        }
        return 0;
    }

    private List<String> words() {
        return spec.commandLine().getParent().getParseResult().originalArgs();
    }

    private static void printMissed(JsonObject report, PrintWriter out) throws BadData {
        List<BenchReport.Verdict> verdicts =
                BenchReport.read(Path.of("report"), "", new Fields(report)).verdicts();
        if (verdicts.isEmpty()) {
            return;
        }
        verdicts.stream()
                .filter(verdict -> !verdict.kept())
                .map(verdict -> verdict.group() + ": " + verdict.name() + " " + verdict.figure())
                .forEach(text -> out.println("missed: " + text.replace(NO_BREAK_SPACE, ' ')));
        out.printf("%s bars kept%n", BenchReport.kept(verdicts));
    }

    private List<Suite.Builder<?>> builders() {
        LossSuite.Builder losses = LossSuite.builder();
        CalibratorSuite.Builder calibrators = CalibratorSuite.builder();
        TrainingSuite.Builder training = TrainingSuite.builder().optWorkloads(Networks.ALL);
        InferenceSuite.Builder inference = InferenceSuite.builder().optWorkloads(Networks.ALL);
        training.optLoop((rounds, start, out) -> new TrainingLoop(rounds, start).run(out));
        training.optProbe(Networks.class);
        calibrators.optMethods(fits(), FitProbe.class).optBenchmark(FitBenchmark.class);
        if (suite == Choice.QUICK) {
            losses.optPairs(QUICK_PAIRS).optLosses(QUICK_LOSSES).optShapes(List.of(QUICK_SHAPE));
            calibrators
                    .optPairs(QUICK_PAIRS)
                    .optLogits(new LossShape(10_000, 100))
                    .optPoints(1_000_000, 100_000)
                    .optGrowth(QUICK_SAMPLES, QUICK_CLASSES)
                    .optParts(List.of(Part.PEERS, Part.GROWTH));
            losses.optParts(List.of(Part.PEERS, Part.TRAINING_STEP, Part.CALLS));
            training.optPairs(QUICK_PAIRS)
                    .optWorkloads(List.of(Networks.DEMO))
                    .optBatches(List.of(32))
                    .optParts(List.of(Part.TRAINING_STEP));
            inference
                    .optPairs(QUICK_PAIRS)
                    .optWorkloads(List.of(Networks.DEMO))
                    .optBatches(List.of(16))
                    .optParts(List.of(Part.PREDICTIONS));
        }
        if (suite == Choice.BARS) {
            losses.optShapes(List.of(LossSuite.BAR_SHAPE))
                    .optParts(List.of(Part.PEERS, Part.TRAINING_STEP, Part.MEMORY, Part.CALLS));
            calibrators.optParts(List.of(Part.PEERS, Part.MEMORY));
            training.optWorkloads(List.of(Networks.DEMO))
                    .optBatches(List.of(128))
                    .optParts(List.of(Part.CALLS, Part.EPOCHS));
            inference
                    .optWorkloads(List.of(Networks.DEMO))
                    .optBatches(List.of(16))
                    .optParts(List.of(Part.PREDICTIONS));
        }
        if (batches != null) {
            training.optBatches(batches);
            inference.optBatches(batches);
        }
        if (this.losses != null) {
            losses.optLosses(this.losses);
        }
        if (logits != null) {
            calibrators.optLogits(logits.get(0)).optMemory(logits);
        }
        if (shapes != null) {
            losses.optShapes(shapes);
        }
        losses.optWorkload(Networks.DEMO);
        return switch (suite) {
            case LOSSES -> List.of(losses);
            case CALIBRATORS -> List.of(calibrators);
            case TRAINING -> List.of(training);
            case INFERENCE -> List.of(inference);
            case QUICK, BARS, ALL -> List.of(losses, calibrators, training, inference);
        };
    }

    /** The methods with defaults; that of many tries, and those of two classes alone, left out. */
    private Map<String, Fit> fits() {
        Map<String, Fit> fits = new LinkedHashMap<>();
        for (FitMethod method : FitMethods.all()) {
            String name = method.name();
            boolean byDefault =
                    !NOT_BY_DEFAULT.contains(name)
                            && !(suite == Choice.BARS && OF_FEW_CLASSES.contains(name));
            if (methods == null ? byDefault : methods.contains(name)) {
                fits.put(name, FitProbe.fit(name));
            }
        }
        return fits;
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
