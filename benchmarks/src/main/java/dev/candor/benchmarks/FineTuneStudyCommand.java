package dev.candor.benchmarks;

import dev.candor.language.PretrainedEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares losses in fine-tuning. */
@Command(
        name = "finetune-study",
        header = "Trains a classifier of texts with several losses and compares them.",
        description = {
            "Trains with each loss and seed, measures before and after temperature scaling, and"
                    + " writes results.json and results.md after each training.",
            "What stands in results.json already is not trained again, as long as the options are"
                    + " the same."
        })
final class FineTuneStudyCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Mixin private TextOptions options;

    @Option(
            names = "--losses",
            paramLabel = "LOSS",
            split = ",",
            defaultValue =
                    "ce,labelSmoothing,focal,softBinnedEce,onManifold,offManifold,onOffManifold",
            converter = TextLoss.Converter.class,
            completionCandidates = TextLoss.Converter.class,
            description =
                    "Any of ${COMPLETION-CANDIDATES}, separated by commas. Default:"
                            + " ${DEFAULT-VALUE}.")
    private List<TextLoss> losses;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Trainings with each loss. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Where results.json and results.md are or will be.")
    private Path folder;

    @Override
    public Integer call() throws IOException {
        if (seeds < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--seeds = " + seeds + ", expected at least 1");
        }
        options.fineTuning();
        TextStudy study = TextStudy.open(folder, options.settings());
        TextData data = options.data(1);
        PrintWriter err = spec.commandLine().getErr();
        try (PretrainedEncoder source = options.encoder();
                Progress progress = new Progress(err, Terminal.ofStandardError())) {
            options.tellTruncated(source, data, err);
            TextTraining training = new TextTraining(source, data, progress);
            for (int seed = 1; seed <= seeds; seed++) {
                for (TextLoss loss : losses) {
                    if (!study.has(loss.name(), seed)) {
                        TextResult result =
                                training.run(
                                        loss.name() + ", seed " + seed,
                                        options.fineTuning(),
                                        loss,
                                        FitMethods.of(TextTraining.TEMPERATURE).orElseThrow(),
                                        seed,
                                        null);
                        study.add(loss.name(), seed, result.toJson());
                    }
                }
            }
        }
        spec.commandLine().getOut().print(study.markdown());
        spec.commandLine().getOut().flush();
        return 0;
    }
}
