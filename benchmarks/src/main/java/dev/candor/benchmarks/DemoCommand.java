package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains with and without calibration, measures, and writes a report. */
@Command(
        name = "demo",
        header = "Trains a small network in several ways and compares them.",
        description = {
            "Trains a small network on images in several ways, measures each before and after"
                    + " temperature scaling, and writes report.html and report.json.",
            "This is what runs when no command is given."
        })
final class DemoCommand implements Callable<Integer> {

    private final Experiment experiment;

    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "A folder with the four idx files of MNIST or Fashion-MNIST, compressed or not."
                            + " Default: 10,000 training and 10,000 test images of Fashion-MNIST"
                            + " that are built in.")
    private Path data;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = ".",
            description = "Where to write the report. Default: the current folder.")
    private Path folder;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Seed of the initial values and of the order of the images."
                            + " Default: ${DEFAULT-VALUE}.")
    private int seed;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Epochs of each training. Default: the demo's own schedule.")
    private Integer epochs;

    @Option(
            names = "--logits",
            paramLabel = "DIR",
            description =
                    "Also writes the logits of each training as NAME_valid.npz and NAME_test.npz, for"
                            + " the other commands to work on.")
    private Path logits;

    DemoCommand(Experiment experiment) {
        this.experiment = experiment;
    }

    @Override
    public Integer call() throws IOException {
        if (epochs != null && epochs < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--epochs = " + epochs + ", expected at least 1");
        }
        checkFolder(data);
        checkFolder(logits);
        Path html = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        Output.checkTarget(html);
        Output.checkTarget(json);

        PrintWriter out = spec.commandLine().getOut();
        Terminal terminal = Terminal.ofStandardError();
        DemoResult result;
        try (Progress progress = new Progress(spec.commandLine().getErr(), terminal)) {
            OptionalInt schedule = epochs == null ? OptionalInt.empty() : OptionalInt.of(epochs);
            result = experiment.run(new DemoSettings(data, seed, schedule, logits), progress);
        }
        Output.write(html, new HtmlReport(result).toString());
        Output.write(json, JsonReport.of(result));
        out.println(new ResultTable(result).toString(terminal.width()));
        out.printf("%s%n%s%n", html.normalize(), json.normalize());
        return 0;
    }

    private static void checkFolder(Path folder) throws BadData {
        if (folder != null && !Files.isDirectory(folder)) {
            throw new BadData("%s: no such folder", folder);
        }
    }
}
