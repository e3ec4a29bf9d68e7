package example;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.ParameterStore;
import ai.djl.training.TrainingResult;
import ai.djl.training.dataset.ArrayDataset;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.metrics.CalibrationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A DJL trainer that knows nothing of this library, and the same with two lines changed. */
class ExistingTrainerTest {

    private static final Path SOURCES = Path.of("src", "test", "java", "example");
    private static final int FEATURES = 10;
    private static final int CLASSES = 4;
    private static final Shape INPUT = new Shape(1, FEATURES);

    private NDManager manager;
    private Split training;
    private Split validation;
    private Split test;

    @BeforeEach
    void makeData() {
        Engine.getInstance().setRandomSeed(3);
        manager = NDManager.newBaseManager();
        NDArray truth = manager.randomNormal(new Shape(FEATURES, CLASSES));
        training = split(truth, 400);
        validation = split(truth, 400);
        test = split(truth, 2000);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void twoLinesMakeItCalibrated(@TempDir Path before, @TempDir Path after) throws Exception {
        Engine.getInstance().setRandomSeed(1);
        TrainClassifier.train(
                training.dataset(true), validation.dataset(false), INPUT, CLASSES, before);
        CalibrationReport plain = measure(TrainClassifier.network(CLASSES), before);

        Engine.getInstance().setRandomSeed(1);
        TrainingResult result =
                TrainCalibratedClassifier.train(
                        training.dataset(true), validation.dataset(false), INPUT, CLASSES, after);
        CalibrationReport calibrated =
                measure(
                        new SequentialBlock()
                                .add(TrainCalibratedClassifier.network(CLASSES))
                                .add(TemperatureScaling.of(1).asBlock()),
                        after);

        assertThat(plain.ece()).isGreaterThan(0.1);
        assertThat(calibrated.ece()).isLessThan(plain.ece() / 2);
        assertThat(calibrated.nll()).isLessThan(plain.nll());
        assertThat(calibrated.accuracy()).isGreaterThan(plain.accuracy() - 0.02);
        assertThat(result.getEvaluations())
                .containsKeys("train_Accuracy", "validate_Accuracy", "train_loss");
    }

    @Test
    void theTrainerKnowsNothingOfThisLibrary() throws IOException {
        assertThat(source("TrainClassifier")).noneMatch(line -> line.contains("candor"));
    }

    @Test
    void theReadmeShowsTheDifference() throws IOException {
        List<String> before = body("TrainClassifier");
        List<String> after = body("TrainCalibratedClassifier");
        List<String> expected = new ArrayList<>();
        before.stream().filter(line -> !after.contains(line)).forEach(l -> expected.add("-" + l));
        after.stream().filter(line -> !before.contains(line)).forEach(l -> expected.add("+" + l));
        assertThat(expected).hasSize(3);

        String readme = Files.readString(Path.of("README.md"));
        String difference = readme.substring(readme.indexOf("```diff\n") + 8);
        List<String> shown =
                difference
                        .substring(0, difference.indexOf("```"))
                        .lines()
                        .filter(line -> line.startsWith("-") || line.startsWith("+"))
                        .map(line -> line.charAt(0) + line.substring(1).strip())
                        .toList();
        assertThat(shown).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> source(String name) throws IOException {
        return Files.readAllLines(SOURCES.resolve(name + ".java"));
    }

    /** What is between imports and end, without the name of the class. */
    private static List<String> body(String name) throws IOException {
        List<String> lines = source(name);
        int first = lines.indexOf("    private static final int EPOCHS = 20;");
        return lines.subList(first, lines.size()).stream()
                .map(line -> line.replace(name, "Train").strip())
                .toList();
    }

    private CalibrationReport measure(Block block, Path directory) throws Exception {
        try (Model model = Model.newInstance("classifier")) {
            model.setBlock(block);
            model.load(directory, "classifier");
            NDArray logits =
                    model.getBlock()
                            .forward(
                                    new ParameterStore(manager, false),
                                    new NDList(test.features),
                                    false)
                            .singletonOrThrow();
            return CalibrationReport.of(logits, test.labels);
        }
    }

    private Split split(NDArray truth, int size) {
        NDArray features = manager.randomNormal(new Shape(size, FEATURES));
        NDArray scores =
                features.matMul(truth).add(manager.randomNormal(new Shape(size, CLASSES)).mul(2));
        return new Split(features, scores.argMax(1));
    }

    private record Split(NDArray features, NDArray labels) {

        ArrayDataset dataset(boolean shuffle) {
            return new ArrayDataset.Builder()
                    .setData(features)
                    .optLabels(labels)
                    .setSampling(128, shuffle)
                    .build();
        }
    }
}
