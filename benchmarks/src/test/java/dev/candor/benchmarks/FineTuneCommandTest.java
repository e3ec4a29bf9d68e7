package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FineTuneCommandTest {

    private static final String HEADER = "text,label\n";

    @TempDir private Path folder;

    private Path csv(String name, int rows, long seed) throws IOException {
        return TextFiles.write(folder.resolve(name), HEADER, ',', rows, seed);
    }

    private CommandRun run(String command, Path train, Path test, Object... more) {
        List<Object> arguments = new ArrayList<>();
        arguments.addAll(List.of(command, "--train", train, "--test", test));
        arguments.addAll(List.of("--out", folder.resolve("model"), "--head-only", "--epochs", 5));
        arguments.addAll(Arrays.asList(more));
        return CommandRun.of(arguments.toArray());
    }

    @Test
    void savesAClassifierThatPredicts() throws IOException {
        Path strange = TextFiles.write(folder.resolve("ood.csv"), "text\na horse\nto swim\n");
        CommandRun run =
                run(
                        "finetune",
                        csv("train.csv", 60, 1),
                        csv("test.csv", 30, 3),
                        "--valid",
                        csv("valid.csv", 30, 2),
                        "--ood",
                        strange,
                        "--loss",
                        "focal",
                        "--calibrator",
                        "vector");
        assertThat(run.err()).contains("focal: accuracy");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().findFirst().orElseThrow().trim().split("\\s+"))
                .containsExactly("accuracy", "NLL", "Brier", "ECE", "AUROC", "FPR95");
        assertThat(run.out()).contains("as trained", "vector", "report.html", "report.json");

        Path model = folder.resolve("model");
        JsonObject report =
                JsonParser.parseString(Files.readString(model.resolve("report.json")))
                        .getAsJsonObject();
        assertThat(report.getAsJsonObject("setup").get("validation").getAsInt()).isEqualTo(30);
        JsonObject after = report.getAsJsonObject("result").getAsJsonObject("after");
        assertThat(after.get("accuracy").getAsDouble()).isGreaterThan(0.9);
        assertThat(after.get("auroc").getAsDouble()).isBetween(0.0, 1.0);
        XmlDocument.parse(
                Files.readString(model.resolve("report.html")).replace("<!DOCTYPE html>\n", ""));

        CommandRun answer = CommandRun.of("predict", model, "tell me about a song");
        assertThat(answer.code()).isZero();
        assertThat(answer.out().lines().findFirst().orElseThrow()).endsWith("music");
        assertThat(answer.out().lines()).hasSize(3);

        answer = CommandRun.of("predict", model, "snow", "the bank", "--json", "--top", "1");
        List<JsonObject> objects =
                answer.out()
                        .lines()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .toList();
        assertThat(objects)
                .extracting(object -> object.get("class").getAsString())
                .containsExactly("weather", "money");
        assertThat(objects.get(0).get("text").getAsString()).isEqualTo("snow");
        assertThat(objects.get(0).get("probability").getAsDouble()).isBetween(0.34, 1.0);
        assertThat(objects.get(0).getAsJsonObject("classes").keySet()).containsExactly("weather");

        answer = CommandRun.of("predict", model, " ");
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).startsWith("candor: a text is empty");
    }

    @Test
    void readsTabsWithoutNamesAndTakesValidationFromTraining() throws IOException {
        Path train = TextFiles.write(folder.resolve("train.tsv.gz"), "", '\t', 60, 1);
        Path test = TextFiles.write(folder.resolve("test.tsv"), "", '\t', 30, 2);
        CommandRun run =
                run(
                        "finetune",
                        train,
                        test,
                        "--no-header",
                        "--text-column",
                        "1",
                        "--label-column",
                        "2",
                        "--max-length",
                        "5");
        assertThat(run.code()).isZero();
        assertThat(run.err())
                .containsPattern(
                        "candor: \\d+ of 54 training texts have more than 5 tokens, and are cut");
        assertThat(run.out()).contains("temperature");
    }

    @Test
    void comparesLossesAndGoesOnWhereItStopped() throws IOException {
        Path train = csv("train.csv", 60, 1);
        Path test = csv("test.csv", 30, 2);
        Path results = folder.resolve("model").resolve("results.json");
        CommandRun run = run("finetune-study", train, test, "--seeds", "1", "--losses", "ce");
        assertThat(run.code()).isZero();
        assertThat(run.err().lines()).hasSize(1);
        run = run("finetune-study", train, test, "--seeds", "2", "--losses", "ce,onOffManifold");
        assertThat(run.code()).isZero();
        assertThat(run.err().lines()).hasSize(3);
        assertThat(run.out()).contains("| ce | 2 | ", "| onOffManifold | 2 | ", " ± ");
        assertThat(JsonParser.parseString(Files.readString(results)).getAsJsonObject())
                .satisfies(json -> assertThat(json.getAsJsonArray("trainings")).hasSize(4));
        assertThat(results.resolveSibling("results.md")).hasContent(run.out());

        run = run("finetune-study", train, test, "--losses", "ce", "--batch", "7");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("results.json: made with other settings: '");
    }

    @Test
    void refusesBadFilesBeforeItTrains() throws IOException {
        Path train = csv("train.csv", 30, 1);
        Path test = csv("test.csv", 9, 2);
        Path few = csv("few.csv", 3, 2);
        Path model = folder.resolve("model");
        Path strange =
                TextFiles.write(
                        folder.resolve("other.csv"), HEADER + "some text,sport\nmore,music\n");
        fails(
                run("finetune", train, strange),
                strange
                        + ": labels[0] = 'sport', which is none of the 3 classes:"
                        + " money, music, weather");
        fails(
                run("finetune", train, test, "--valid", strange),
                strange
                        + ": labels[0] = 'sport', which is none of the 3 classes:"
                        + " money, music, weather");
        fails(
                run("finetune", train, test, "--label-column", "intent"),
                train + ": no column 'intent', there are text, label");
        fails(run("finetune", few, test), few + ": 3 texts are too few to take 0.1 of them apart");
        Path one = TextFiles.write(folder.resolve("one.csv"), HEADER + "some text,sport\n");
        fails(run("finetune", one, test), one + ": 1 texts, expected at least two");
        fails(
                run("finetune", train, folder.resolve("none.csv")),
                folder.resolve("none.csv") + ": no such file");
        fails(
                run("finetune", train, test, "--encoder", train, "--tokenizer", train),
                train + " is not an ONNX file");
        assertThat(model).doesNotExist();
    }

    private static void fails(CommandRun run, String message) {
        assertThat(run.err()).isEqualTo("candor: " + message + System.lineSeparator());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void refusesAFolderThatHoldsNoClassifier() {
        CommandRun run = CommandRun.of("predict", folder, "text");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo(
                        String.format(
                                "candor: %s: holds no classifier, there is no classifier.json%n",
                                folder));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    finetune --test b.csv --out c                               | Missing required option: '--train=FILE'
                    finetune --train a.csv --test b.csv --out c --lora 0        | rank = 0, expected at least 1
                    finetune --train a.csv --test b.csv --out c --epochs 0      | epochs = 0, expected at least 1
                    finetune --train a.csv --test b.csv --out c --head-only --lora 2 | the head alone is trained: there is no room for adapters nor frozen layers
                    finetune-study --train a.csv --test b.csv --out c --seeds 0 | --seeds = 0, expected at least 1
                    predict c text --top 0                                      | --top = 0, expected at least 1
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" +"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("candor: " + message + System.lineSeparator());
    }
}
