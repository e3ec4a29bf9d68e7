package dev.candor.training.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.RcftLoss;
import dev.candor.metrics.CalibrationReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A language of questions whose first token names the likely answer: right seven times in ten. */
class CalibrationAwareFineTuningTest {

    private static final int OPTIONS = 4;
    private static final int LENGTH = 5;
    private static final double CHANCE = .7;
    private static final double FLOAT32_TOLERANCE = 1e-5;

    private Model model;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(11);
        model = Model.newInstance("small");
        model.setBlock(
                CausalTransformer.builder()
                        .setVocabulary(12)
                        .optWidth(16)
                        .optHeads(2)
                        .optLayers(1)
                        .optMaxLength(LENGTH)
                        .build());
        model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, LENGTH));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static ChoiceSet questions(int size, long seed) {
        Random random = new Random(seed);
        List<ChoiceQuestion> questions = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int likely = random.nextInt(OPTIONS);
            boolean happens = random.nextDouble() < CHANCE;
            int answer = happens ? likely : (likely + 1 + random.nextInt(3)) % OPTIONS;
            long[] prompt = new long[2 + random.nextInt(3)];
            prompt[0] = 4 + likely;
            for (int t = 1; t < prompt.length; t++) {
                prompt[t] = 8 + random.nextInt(4);
            }
            questions.add(ChoiceQuestion.of(prompt, new long[] {0, 1, 2, 3}, answer));
        }
        return ChoiceSet.of(questions, LENGTH);
    }

    private CalibrationReport measure(ChoiceSet questions) {
        try (NDManager scope = model.getNDManager().newSubManager()) {
            return CalibrationReport.of(
                    questions.logits(model, scope), questions.answers(scope), 10);
        }
    }

    private void tune(CalibrationAwareFineTuning.Builder recipe, int epochs, ChoiceSet questions)
            throws IOException {
        recipe.optEpochs(epochs)
                .optBatchSize(40)
                .optLearningRate(0.02f)
                .build()
                .fit(model, questions);
    }

    @Test
    void restoresTheCalibrationOfAnOverconfidentModel() throws Exception {
        ChoiceSet test = questions(400, 1);
        tune(CalibrationAwareFineTuning.cft(), 40, questions(40, 2));
        CalibrationReport overconfident = measure(test);
        assertThat(overconfident.ece()).isGreaterThan(.15);
        tune(CalibrationAwareFineTuning.cft(), 4, questions(400, 3));
        CalibrationReport restored = measure(test);
        assertThat(restored.ece()).isLessThan(overconfident.ece() / 2);
        assertThat(restored.accuracy()).isGreaterThan(overconfident.accuracy() - .02);
    }

    @Test
    void drawsConfidenceTowardsTheAccuracyOfItsBin() throws Exception {
        ChoiceSet questions = questions(200, 4);
        tune(CalibrationAwareFineTuning.cft(), 40, questions(40, 5));
        double[] before = new double[1];
        try (NDManager scope = model.getNDManager().newSubManager()) {
            NDArray logits = questions.logits(model, scope);
            BinAccuracy now = BinAccuracy.of(logits, questions.answers(scope));
            before[0] = gap(now, questions, scope);
        }
        List<BinAccuracy> steps =
                CalibrationAwareFineTuning.rcft()
                        .optWeight(10)
                        .optBinsEqual(true)
                        .optUpdated(false)
                        .optEpochs(3)
                        .optBatchSize(40)
                        .optLearningRate(0.005f)
                        .build()
                        .fit(model, questions);
        try (NDManager scope = model.getNDManager().newSubManager()) {
            assertThat(gap(steps.get(0), questions, scope)).isLessThan(0.8 * before[0]);
        }
    }

    private double gap(BinAccuracy accuracy, ChoiceSet questions, NDManager scope) {
        NDArray logits = questions.logits(model, scope);
        return RcftLoss.of(accuracy)
                .evaluate(new NDList(questions.answers(scope)), new NDList(logits))
                .getFloat();
    }

    @Test
    void estimatesBeforeEachEpochOnTheQuestionsItIsTold() throws Exception {
        ChoiceSet few = questions(20, 9);
        CalibrationAwareFineTuning recipe =
                CalibrationAwareFineTuning.rcft().optEpochs(3).optLearningRate(0.02f).build();
        List<BinAccuracy> steps = recipe.fit(model, few, questions(50, 10));
        assertThat(steps).hasSize(3);
        assertThat(steps)
                .allSatisfy(step -> assertThat(Arrays.stream(step.counts()).sum()).isEqualTo(50));
        assertThat(steps.get(2).accuracies()).isNotEqualTo(steps.get(0).accuracies());
    }

    @Test
    void estimatesOnceIfToldSoAndNeverWithoutTheTerm() throws Exception {
        ChoiceSet few = questions(20, 7);
        assertThat(
                        CalibrationAwareFineTuning.rcft()
                                .optEpochs(2)
                                .optUpdated(false)
                                .optBins(5)
                                .build()
                                .fit(model, few))
                .singleElement()
                .satisfies(step -> assertThat(step.bins()).isEqualTo(5));
        assertThat(CalibrationAwareFineTuning.cft().optEpochs(1).build().fit(model, few)).isEmpty();
    }

    @Test
    void theRegimeChoosesTheRecipe() throws Exception {
        assertThat(CalibrationRegime.of(.6, .7)).isEqualTo(CalibrationRegime.CALIBRATABLE);
        assertThat(CalibrationRegime.of(.8, .7)).isEqualTo(CalibrationRegime.NON_CALIBRATABLE);
        ChoiceSet few = questions(20, 8);
        assertThat(
                        CalibrationAwareFineTuning.of(CalibrationRegime.CALIBRATABLE)
                                .optEpochs(1)
                                .build()
                                .fit(model, few))
                .isEmpty();
        assertThat(
                        CalibrationAwareFineTuning.of(CalibrationRegime.NON_CALIBRATABLE)
                                .optEpochs(1)
                                .build()
                                .fit(model, few))
                .hasSize(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(new float[][] {{2, 0}, {0, 1}, {3, 1}});
            NDArray answers = manager.create(new long[] {0, 1, 1});
            assertThat(CalibrationRegime.of(logits, answers, .5))
                    .isEqualTo(CalibrationRegime.NON_CALIBRATABLE);
            assertThat(CalibrationRegime.of(logits, answers, .7))
                    .isEqualTo(CalibrationRegime.CALIBRATABLE);
        }
    }

    @Test
    void paddingAndOtherQuestionsAreOfNoConsequence() {
        List<ChoiceQuestion> questions =
                List.of(
                        ChoiceQuestion.of(new long[] {4}, new long[] {2, 0, 3}, 1),
                        ChoiceQuestion.of(new long[] {5, 8, 9, 8}, new long[] {1, 3, 0}, 2));
        ChoiceSet together = ChoiceSet.of(questions, LENGTH);
        ChoiceSet twice = ChoiceSet.of(List.of(questions.get(0), questions.get(0)), LENGTH);
        try (NDManager scope = model.getNDManager().newSubManager()) {
            NDArray padded = together.logits(model, scope).get(0);
            NDArray alone = twice.logits(model, scope).get(0);
            assertThat(padded.allClose(alone, 0, FLOAT32_TOLERANCE, false)).isTrue();
            assertThat(together.answers(scope).toLongArray()).containsExactly(1, 2);
            assertThat(together.options()).isEqualTo(3);
        }
    }

    @Test
    void aPromptThatIsTooLongLosesItsBeginningAndTheLogSaysSo() {
        PrintStream stream = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        ChoiceSet cut;
        long[] options = {0, 1};
        ChoiceQuestion longest = ChoiceQuestion.of(new long[] {9, 9, 4, 8, 8, 5}, options, 0);
        ChoiceQuestion end = ChoiceQuestion.of(new long[] {4, 8, 8, 5}, options, 0);
        try {
            cut = ChoiceSet.of(List.of(longest, end), LENGTH);
        } finally {
            System.setErr(stream);
        }
        assertThat(cut.truncated()).isEqualTo(1);
        assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("1 of 2 prompts are longer than 4 tokens and lose their beginning");
        try (NDManager scope = model.getNDManager().newSubManager()) {
            NDArray logits = cut.logits(model, scope);
            assertThat(logits.get(0).allClose(logits.get(1), 0, FLOAT32_TOLERANCE, false)).isTrue();
        }
    }

    @Test
    void refusesWhatIsNoQuestion() {
        long[] prompt = {4};
        long[] options = {0, 1};
        refuses(
                () -> ChoiceQuestion.of(new long[0], options, 0),
                "the prompt has no tokens, expected at least one");
        refuses(
                () -> ChoiceQuestion.of(prompt, new long[] {3}, 0),
                "1 options, expected at least 2");
        refuses(
                () -> ChoiceQuestion.of(prompt, new long[] {3, 3}, 0),
                "options[1] = 3, the same as options[0]");
        refuses(() -> ChoiceQuestion.of(prompt, options, 2), "answer = 2, expected 0..1");
        ChoiceQuestion question = ChoiceQuestion.of(prompt, options, 0);
        refuses(() -> ChoiceSet.of(List.of(question), LENGTH), "1 questions, expected at least 2");
        ChoiceQuestion three = ChoiceQuestion.of(prompt, new long[] {0, 1, 2}, 0);
        refuses(
                () -> ChoiceSet.of(List.of(question, three), LENGTH),
                "questions[1] has 3 options, expected 2");
        refuses(() -> CalibrationRegime.of(1.2, .5), "accuracy = 1.2, expected 0.0..1.0");
        refuses(
                () -> CalibrationAwareFineTuning.rcft().optWeight(-1),
                "weight = -1.0, expected a finite value >= 0");
    }

    private static void refuses(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
