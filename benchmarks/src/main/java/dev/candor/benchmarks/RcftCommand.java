package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares ways to restore the calibration of a small language model. */
@Command(
        name = "rcft",
        header = "Restores the calibration of a small language model.",
        description = {
            "Trains a causal transformer on sentences and makes it overconfident on few"
                    + " multiple-choice questions (which word follows?). Then compares, on other"
                    + " questions: temperature scaling, fine-tuning on prompt and answer (SFT), on"
                    + " the answer (CFT), and on both with a calibration term (RCFT).",
            "Prints a Markdown table with 10 bins. T is the temperature that suits held-out"
                    + " questions."
        })
final class RcftCommand implements Callable<Integer> {

    private static final int GENERATED = 8000;

    @Spec private CommandSpec spec;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "Sentences, one a line, in UTF-8. Default: made-up ones.")
    private Path text;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "1",
            description = "How often to run it all. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--epochs",
            paramLabel = "P,A,F",
            split = ",",
            defaultValue = "2,15,4",
            description =
                    "Epochs on sentences, on few questions, and of each fine-tuning. Default:"
                            + " ${DEFAULT-VALUE}.")
    private List<Integer> epochs;

    @Option(
            names = "--lambda",
            paramLabel = "L",
            split = ",",
            defaultValue = "1,10",
            description = "Weights of the calibration term. Default: ${DEFAULT-VALUE}.")
    private List<Double> weights;

    @Override
    public Integer call() throws IOException {
        require(seeds >= 1, "--seeds = " + seeds + ", expected at least 1");
        require(
                epochs.size() == 3 && epochs.stream().allMatch(e -> e >= 1),
                "--epochs = " + epochs + ", expected three numbers of at least 1");
        for (double weight : weights) {
            require(
                    weight > 0 && Double.isFinite(weight),
                    "--lambda = " + weight + ", expected a finite value > 0");
        }
        ChoiceStudy.Effort effort =
                new ChoiceStudy.Effort(epochs.get(0), epochs.get(1), epochs.get(2), weights);
        Map<String, List<ChoiceStudy.Outcome>> outcomes = new LinkedHashMap<>();
        try (Progress progress =
                new Progress(spec.commandLine().getErr(), Terminal.ofStandardError())) {
            for (int seed = 1; seed <= seeds; seed++) {
                List<String> sentences =
                        text == null ? Words.generated(GENERATED, seed) : Files.readAllLines(text);
                ChoiceStudy.run(sentences, seed, effort, progress)
                        .forEach(
                                (name, outcome) ->
                                        outcomes.computeIfAbsent(name, key -> new ArrayList<>())
                                                .add(outcome));
            }
        }
        print(outcomes);
        return 0;
    }

    private void print(Map<String, List<ChoiceStudy.Outcome>> outcomes) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("| model | " + ChoiceFigures.HEADING + " | T | conf-ECE at T | NLL at T |");
        out.println("|---|---|---|---|---|---|---|---|");
        outcomes.forEach(
                (name, runs) ->
                        out.printf(
                                "| %s | %s | %s | %s | %s | %s | %s | %s |%n",
                                name,
                                LossStudy.cell(runs, 4, run -> run.figures().accuracy()),
                                LossStudy.cell(runs, 4, run -> run.figures().confidenceError()),
                                LossStudy.cell(runs, 4, run -> run.figures().classwiseError()),
                                LossStudy.cell(runs, 4, run -> run.figures().nll()),
                                LossStudy.cell(runs, 2, ChoiceStudy.Outcome::temperature),
                                LossStudy.cell(runs, 4, run -> run.scaled().confidenceError()),
                                LossStudy.cell(runs, 4, run -> run.scaled().nll())));
        out.flush();
    }

    private void require(boolean condition, String message) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
