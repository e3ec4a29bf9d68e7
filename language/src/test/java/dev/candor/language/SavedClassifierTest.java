package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.VectorScaling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedClassifierTest {

    private static final double TOLERANCE = 1e-5;
    private static final LabelledTexts TEXTS = MadeUpTexts.labelled(60, 1);
    private static final List<String> QUESTIONS =
            List.of(
                    "what about rain",
                    "please find a song for my friend in the city",
                    "my account");

    private static PretrainedEncoder source;
    private static FineTunedClassifier classifier;

    @TempDir private Path folder;

    @BeforeAll
    static void train() throws IOException {
        source = TinyEncoder.create();
        classifier =
                FineTuning.builder()
                        .optLowRank(LowRankAdaptation.of(2))
                        .optEpochs(2)
                        .build()
                        .fit(source, TEXTS);
    }

    @AfterAll
    static void close() {
        classifier.close();
        source.close();
    }

    private static Criteria<String, Classifications> criteria(Path folder) {
        return Criteria.builder()
                .setTypes(String.class, Classifications.class)
                .optModelPath(folder)
                .optTranslatorFactory(new TextClassifierTranslatorFactory())
                .build();
    }

    @Test
    void aPlainPredictorAnswersWithCalibratedProbabilities() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Calibrator calibrator =
                    VectorScaling.fit(
                            classifier.logits(manager, TEXTS.texts()),
                            manager.create(TEXTS.labels().stream().mapToLong(i -> i).toArray()));
            Path target = folder.resolve("model");
            classifier.save(target, calibrator);
            NDArray logits = classifier.logits(manager, QUESTIONS);
            float[] expected = calibrator.apply(logits).softmax(1).toFloatArray();
            assertThat(expected).isNotEqualTo(logits.softmax(1).toFloatArray());

            try (ZooModel<String, Classifications> model = criteria(target).loadModel();
                    Predictor<String, Classifications> predictor = model.newPredictor()) {
                List<Classifications> answers = predictor.batchPredict(QUESTIONS);
                for (int i = 0; i < QUESTIONS.size(); i++) {
                    Classifications alone = predictor.predict(QUESTIONS.get(i));
                    for (int k = 0; k < 3; k++) {
                        String name = MadeUpTexts.CLASSES.stream().sorted().toList().get(k);
                        assertThat(answers.get(i).get(name).getProbability())
                                .isCloseTo(expected[3 * i + k], within(TOLERANCE));
                        assertThat(alone.get(name).getProbability())
                                .isCloseTo(expected[3 * i + k], within(TOLERANCE));
                    }
                }
            }
        }
    }

    @Test
    void cutsATextThatIsTooLong() throws Exception {
        classifier.save(folder, null);
        try (ZooModel<String, Classifications> model = criteria(folder).loadModel();
                Predictor<String, Classifications> predictor = model.newPredictor()) {
            assertThat(predictor.predict("rain ".repeat(200)).topK(3)).hasSize(3);
        }
    }

    @Test
    void refusesAnEmptyText() throws Exception {
        classifier.save(folder, null);
        try (ZooModel<String, Classifications> model = criteria(folder).loadModel();
                Predictor<String, Classifications> predictor = model.newPredictor()) {
            assertThatThrownBy(() -> predictor.predict(" "))
                    .rootCause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("texts[0] is empty");
        }
    }

    @Test
    void replacesAnEarlierClassifierAndLeavesNoDraft() throws IOException {
        Path target = folder.resolve("model");
        classifier.save(target, TemperatureScaling.of(2));
        classifier.save(target, TemperatureScaling.of(3));
        try (Stream<Path> beside = Files.list(folder);
                Stream<Path> inside = Files.list(target)) {
            assertThat(beside).containsExactly(target);
            assertThat(inside.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "classifier-0000.params",
                            "classifier.json",
                            "calibrator.candor",
                            "serving.properties",
                            "tokenizer.json");
        }
    }

    @Test
    void refusesACalibratorOfOtherClasses() throws IOException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Calibrator two =
                    VectorScaling.fit(
                            manager.create(new float[][] {{1, 0}, {0, 1}, {1, 2}, {2, 1}}),
                            manager.create(new long[] {0, 1, 0, 1}));
            assertThatThrownBy(() -> classifier.save(folder, two))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("a calibrator of 2 classes for a classifier of 3");
        }
    }

    @Test
    void refusesAFileInPlaceOfAFolder() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> classifier.save(file, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + " is a file, expected a folder");
    }

    @Test
    void refusesAFolderThatHoldsNoClassifier() {
        assertThatThrownBy(() -> SavedClassifier.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(folder + " holds no classifier: there is no classifier.json");
    }

    @Test
    void refusesADamagedDescription() throws IOException {
        Files.writeString(folder.resolve("classifier.json"), "{\"format\": 1");
        assertThatThrownBy(() -> SavedClassifier.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("classifier.json is damaged");
        Files.writeString(
                folder.resolve("classifier.json"),
                "{\"format\": 9, \"classes\": [],"
                        + " \"encoder\": {\"vocabulary\": 9, \"positions\": 9, \"width\": 4, \"hidden\": 4,"
                        + " \"layers\": 1, \"heads\": 1}}");
        assertThatThrownBy(() -> SavedClassifier.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("format version 9, this library reads version 1");
    }
}
