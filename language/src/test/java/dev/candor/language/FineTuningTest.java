package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.util.Pair;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FineTuningTest {

    /** By chance it would be a third. */
    private static final double GOOD = 0.8;

    private static final LabelledTexts TRAINING = MadeUpTexts.labelled(96, 1);
    private static final LabelledTexts VALIDATION = MadeUpTexts.labelled(48, 2);

    private static PretrainedEncoder source;

    @BeforeAll
    static void create() throws IOException {
        source = TinyEncoder.create();
    }

    @AfterAll
    static void close() {
        source.close();
    }

    @Test
    void theHeadAloneLearns() {
        Map<String, float[]> before = values(source.encoder().getParameters());
        try (FineTunedClassifier classifier =
                FineTuning.builder()
                        .optHeadOnly(true)
                        .optEpochs(15)
                        .optHeadLearningRate(0.05)
                        .build()
                        .fit(source, TRAINING)) {
            assertThat(accuracy(classifier)).isGreaterThan(GOOD);
        }
        assertThat(changed(before, source.encoder().getParameters())).isEmpty();
    }

    @Test
    void theWholeNetworkLearns() {
        Map<String, float[]> before = values(source.encoder().getParameters());
        try (FineTunedClassifier classifier =
                FineTuning.builder()
                        .optLearningRate(5e-3)
                        .optEpochs(5)
                        .optDropout(0)
                        .build()
                        .fit(source, TRAINING)) {
            assertThat(accuracy(classifier)).isGreaterThan(GOOD);
            // The bias of keys moves all scores of a row alike, and has no gradient.
            assertThat(changed(before, encoder(classifier).getParameters()))
                    .containsAll(before.keySet().stream().filter(not("key_bias")).toList());
        }
        assertThat(changed(before, source.encoder().getParameters())).isEmpty();
    }

    private static Predicate<String> not(String ending) {
        return name -> !name.endsWith(ending);
    }

    @Test
    void frozenLayersStayAsTheyAre() {
        Map<String, float[]> before = values(source.encoder().getParameters());
        try (FineTunedClassifier classifier =
                FineTuning.builder()
                        .optFrozenLayers(1)
                        .optEpochs(1)
                        .build()
                        .fit(source, TRAINING)) {
            assertThat(changed(before, encoder(classifier).getParameters()))
                    .isNotEmpty()
                    .allMatch(name -> name.startsWith("03layer"));
        }
    }

    @Test
    void adaptersLearnAndBecomePartOfTheMatrices() {
        Map<String, float[]> before = values(source.encoder().getParameters());
        try (FineTunedClassifier classifier =
                FineTuning.builder()
                        .optLowRank(LowRankAdaptation.of(4))
                        .optLearningRate(2e-2)
                        .optHeadLearningRate(0.05)
                        .optEpochs(6)
                        .build()
                        .fit(source, TRAINING)) {
            assertThat(accuracy(classifier)).isGreaterThan(GOOD);
            assertThat(encoder(classifier).getParameters().keys())
                    .containsExactlyElementsOf(source.encoder().getParameters().keys());
            assertThat(changed(before, encoder(classifier).getParameters()))
                    .containsExactly(
                            "02layer_01query_weight",
                            "02layer_03value_weight",
                            "03layer_01query_weight",
                            "03layer_03value_weight");
        }
    }

    @Test
    void theSameSeedGivesTheSameResult() {
        FineTuning.Builder builder = FineTuning.builder().optEpochs(1).optFrozenLayers(1);
        List<float[]> logits = new ArrayList<>();
        for (long seed : new long[] {3, 3, 4}) {
            try (NDManager manager = NDManager.newBaseManager();
                    FineTunedClassifier classifier =
                            builder.optSeed(seed).build().fit(source, TRAINING)) {
                logits.add(classifier.logits(manager, VALIDATION.texts()).toFloatArray());
            }
        }
        assertThat(logits.get(1)).containsExactly(logits.get(0));
        assertThat(logits.get(2)).isNotEqualTo(logits.get(0));
    }

    @Test
    void takesLossesAndListenersOfThisLibrary() {
        List<float[]> values = new ArrayList<>();
        FineTuning tuning =
                FineTuning.builder()
                        .optHeadOnly(true)
                        .optEpochs(2)
                        .optLoss(
                                () ->
                                        CompositeLoss.of(CrossEntropyLoss.of())
                                                .plus(1, SoftBinnedEceLoss.of()))
                        .optListeners(
                                new TrainingListenerAdapter() {
                                    @Override
                                    public void onValidationBatch(
                                            Trainer trainer, BatchData batchData) {
                                        batchData.getPredictions().values().stream()
                                                .map(logits -> logits.head().toFloatArray())
                                                .forEach(values::add);
                                    }
                                })
                        .build();
        tuning.fit(source, TRAINING, VALIDATION).close();
        assertThat(values).hasSize(2).allMatch(logits -> logits.length == 3 * 48);
        assertThat(values.get(1)).isNotEqualTo(values.get(0));
        assertThat(tuning.batches(TRAINING)).isEqualTo(2 * 96 / 32);
    }

    @Test
    void learnsWithRegularisationOnAndOffTheManifold() {
        for (boolean headOnly : new boolean[] {true, false}) {
            FineTuning.Builder builder =
                    FineTuning.builder()
                            .optHeadOnly(headOnly)
                            .optHeadLearningRate(0.05)
                            .optEpochs(headOnly ? 12 : 3)
                            .optLearningRate(5e-3)
                            .optManifold(ManifoldRegularisation.of());
            try (FineTunedClassifier classifier = builder.build().fit(source, TRAINING)) {
                assertThat(accuracy(classifier)).isGreaterThan(GOOD);
            }
        }
    }

    @Test
    void givesLogitsInTheOrderOfTheTexts() {
        try (NDManager manager = NDManager.newBaseManager();
                FineTunedClassifier classifier =
                        FineTuning.builder().optEpochs(1).build().fit(source, TRAINING)) {
            List<String> texts = MadeUpTexts.ofAllLengths(70, 3);
            float[] all = classifier.logits(manager, texts).toFloatArray();
            for (int i : new int[] {0, 33, 69}) {
                float[] one = classifier.logits(manager, List.of(texts.get(i))).toFloatArray();
                for (int k = 0; k < 3; k++) {
                    assertThat(all[3 * i + k]).isCloseTo(one[k], within(1e-4f));
                }
            }
        }
    }

    @Test
    void refusesWhatContradictsItself() {
        assertThatThrownBy(
                        () ->
                                FineTuning.builder()
                                        .optHeadOnly(true)
                                        .optLowRank(LowRankAdaptation.of(2))
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the head alone is trained");
        assertThatThrownBy(
                        () -> FineTuning.builder().optFrozenLayers(3).build().fit(source, TRAINING))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("frozenLayers = 3, expected 0..2");
        LabelledTexts others = LabelledTexts.of(List.of("rain", "a song"), List.of("a", "b"));
        assertThatThrownBy(() -> FineTuning.builder().build().fit(source, TRAINING, others))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("validation has other classes than training");
    }

    private static TransformerEncoder encoder(FineTunedClassifier classifier) {
        return ((TextClassifier) classifier.model().getBlock()).encoder();
    }

    private static double accuracy(FineTunedClassifier classifier) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = classifier.logits(manager, VALIDATION.texts());
            long[] predicted = logits.argMax(1).toLongArray();
            int right = 0;
            for (int i = 0; i < predicted.length; i++) {
                right += predicted[i] == VALIDATION.labels().get(i) ? 1 : 0;
            }
            return right / (double) predicted.length;
        }
    }

    private static Map<String, float[]> values(Iterable<Pair<String, Parameter>> parameters) {
        Map<String, float[]> values = new LinkedHashMap<>();
        parameters.forEach(
                pair -> values.put(pair.getKey(), pair.getValue().getArray().toFloatArray()));
        return values;
    }

    private static List<String> changed(
            Map<String, float[]> before, Iterable<Pair<String, Parameter>> parameters) {
        List<String> names = new ArrayList<>();
        values(parameters)
                .forEach(
                        (name, values) -> {
                            if (!Arrays.equals(values, before.get(name))) {
                                names.add(name);
                            }
                        });
        return names;
    }
}
