package dev.candor.benchmarks;

import dev.candor.language.FineTuning;
import dev.candor.language.PretrainedEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a classifier of texts from a pretrained encoder, and calibrates it. */
@Command(
        name = "finetune",
        header = "Trains a classifier of texts from a pretrained encoder, and calibrates it.",
        description = {
            "Saves what DJL loads and 'candor predict' asks, and beside it report.html and"
                    + " report.json."
        })
final class FineTuneCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TextOptions options;

    @Option(
            names = "--loss",
            paramLabel = "LOSS",
            defaultValue = "ce",
            converter = TextLoss.Converter.class,
            completionCandidates = TextLoss.Converter.class,
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private TextLoss loss;

    @Option(
            names = "--calibrator",
            paramLabel = "METHOD",
            defaultValue = TextTraining.TEMPERATURE,
            converter = CalibrateCommand.MethodConverter.class,
            completionCandidates = FitMethods.Names.class,
            description =
                    "One of ${COMPLETION-CANDIDATES}. 'candor methods' says what they are. Default:"
                            + " ${DEFAULT-VALUE}.")
    private FitMethod calibrator;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Seed of the head, of the order of the texts and of what is drawn for"
                            + " validation. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Where to save the classifier and the report; made if need be.")
    private Path folder;

    @Override
    public Integer call() throws IOException {
        FineTuning.Builder tuning = options.fineTuning();
        if (Files.isRegularFile(folder)) {
            throw new BadData("%s: is a file, expected a folder", folder);
        }
        TextData data = options.data(seed);
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (PretrainedEncoder source = options.encoder();
                Progress progress = new Progress(err, Terminal.ofStandardError())) {
            options.tellTruncated(source, data, err);
            TextResult result =
                    new TextTraining(source, data, progress)
                            .run(loss.name(), tuning, loss, calibrator, seed, folder);
            TextReport report =
                    new TextReport(
                            new TextReport.Setup(
                                    data.training().size(),
                                    data.validation().size(),
                                    data.test().size(),
                                    data.strange() == null ? 0 : data.strange().size(),
                                    data.training().classes().size(),
                                    loss.name(),
                                    options.schedule(),
                                    seed),
                            DemoResult.currentVersions(),
                            result);
            Path html = folder.resolve("report.html");
            Path json = folder.resolve("report.json");
            Output.write(html, report.toHtml());
            Output.write(json, report.toJson());
            out.print(report.toTable());
            out.printf("%s%n%s%n%s%n", folder.normalize(), html.normalize(), json.normalize());
            return 0;
        }
    }
}
