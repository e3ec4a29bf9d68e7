package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares the losses on the images of the demo. */
@Command(
        name = "study",
        description = {
            "Trains the demo's network with each loss and prints a Markdown table: accuracy and"
                    + " calibration, before and after temperature scaling.",
            "Losses that are made to be added come on top of cross-entropy, with the weight their"
                    + " authors use."
        })
final class StudyCommand implements Callable<Integer> {

    /** The names that {@code --losses} accepts. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return LossStudy.losses().iterator();
        }
    }

    @Spec private CommandSpec spec;

    @Option(
            names = "--losses",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "Which losses, separated by commas. Default: ${COMPLETION-CANDIDATES}.")
    private List<String> losses = LossStudy.losses();

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "2",
            description = "Trainings of each loss. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "30",
            description = "Epochs of each training. Default: ${DEFAULT-VALUE}.")
    private int epochs;

    @Override
    public Integer call() throws IOException {
        for (String name : losses) {
            require(
                    LossStudy.losses().contains(name),
                    "--losses: no loss '" + name + "', there are " + LossStudy.losses());
        }
        require(seeds >= 1, "--seeds = " + seeds + ", expected at least 1");
        require(epochs >= 1, "--epochs = " + epochs + ", expected at least 1");
        try (Progress progress =
                new Progress(spec.commandLine().getErr(), Terminal.ofStandardError())) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(LossStudy.markdown(LossStudy.run(losses, seeds, epochs, progress)));
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
