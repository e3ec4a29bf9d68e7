package dev.candor.benchmarks;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares methods of all kinds on the images of the demo. */
@Command(
        name = "compare",
        header = "Compares losses, Monte Carlo dropout and ensembles over several seeds.",
        description = {
            "Trains the demo's network by each method from each seed, and writes a table of means"
                    + " and standard deviations, methods.md and methods.json: accuracy, ECE and"
                    + " NLL, before and after temperature scaling.",
            "Each method and seed leaves a file, so that a run that was stopped goes on from there;"
                    + " an ensemble goes on from its last member."
        })
final class CompareCommand implements Callable<Integer> {

    /** The names that {@code --methods} accepts. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return MethodStudy.methods().keySet().iterator();
        }
    }

    @Spec private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Where the files are kept; created if it does not exist.")
    private Path folder;

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "Which methods, separated by commas. Default: ${COMPLETION-CANDIDATES}.")
    private List<String> names = List.copyOf(MethodStudy.methods().keySet());

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Seeds 1 to N of each method. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "30",
            description = "Epochs of each network. Default: ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "A folder with the four idx files of MNIST or Fashion-MNIST. Default: the images"
                            + " that are built in.")
    private Path data;

    @Override
    public Integer call() throws IOException {
        Map<String, Method> methods = MethodStudy.methods();
        for (String name : names) {
            require(
                    methods.containsKey(name),
                    "--methods: no method '" + name + "', there are " + methods.keySet());
        }
        methods.keySet().retainAll(names);
        require(seeds >= 1, "--seeds = " + seeds + ", expected at least 1");
        require(epochs >= 1, "--epochs = " + epochs + ", expected at least 1");
        try (Progress progress =
                        new Progress(spec.commandLine().getErr(), Terminal.ofStandardError());
                NDManager manager = NDManager.newBaseManager()) {
            ImageData images =
                    data == null ? ImageData.bundled(manager) : ImageData.of(manager, data);
            Map<String, List<MethodResult>> results =
                    new MethodStudy(methods, folder, epochs)
                            .run(ArmTraining.Images.of(images), seeds, progress);
            PrintWriter out = spec.commandLine().getOut();
            out.print(MethodStudy.markdown(results));
            out.flush();
        }
        return 0;
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
