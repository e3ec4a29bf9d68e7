package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.nlp.generate.CausalLMOutput;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.translate.Batchifier;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LanguageModelTest {

    private static final double ROUNDING = 1e-12;
    private static final double FLOAT32_TOLERANCE = 1e-6;

    private final LanguageModel model =
            new TableModel(new double[][] {{.7, .2, .1}, {.1, .1, .8}, {.3, .3, .4}});

    @Test
    void tellsTheNextToken() {
        assertThat(Distributions.softmax(model.nextTokenLogits(2, 0, 1)))
                .containsExactly(new double[] {.1, .1, .8}, within(ROUNDING));
    }

    @Test
    void scoresACompletionTokenByToken() {
        double[] scores = model.logProbabilities(new long[] {2, 0}, new long[] {1, 2, 0});
        assertThat(Arrays.stream(scores).map(Math::exp).toArray())
                .containsExactly(new double[] {.2, .8, .3}, within(ROUNDING));
    }

    @Test
    void cutsATextThatIsTooLongAndSaysSo() {
        LanguageModel cut = model.truncatedTo(2);
        PrintStream stream = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            assertThat(cut.nextTokenLogits(0, 0, 2, 1)).hasSize(3);
            assertThat(cut.nextTokenLogits(0, 1)).hasSize(3);
        } finally {
            System.setErr(stream);
        }
        assertThat(log.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("a text of 4 tokens was cut to its last 2");
        double[] scores = cut.logProbabilities(new long[] {2, 2, 0}, new long[] {1, 2});
        assertThat(Math.exp(scores[1])).isCloseTo(.8, within(ROUNDING));
        refuses(
                () -> cut.logProbabilities(new long[] {0}, new long[] {1, 2, 0}),
                "the completion has 3 tokens, expected at most 2, which the model sees");
    }

    @Test
    void refusesEmptyTextsAndUnknownTokens() {
        refuses(() -> model.nextTokenLogits(), "the text has no tokens, expected at least one");
        refuses(
                () -> model.logProbabilities(new long[0], new long[] {1}),
                "the prompt has no tokens, expected at least one");
        refuses(
                () -> model.logProbabilities(new long[] {1}, new long[0]),
                "the completion has no tokens, expected at least one");
        refuses(
                () -> model.logProbabilities(new long[] {1}, new long[] {1, 3}),
                "labels[1] = 3, expected 0..2");
    }

    @Test
    void refusesLogitsThatAreNotFinite() {
        LanguageModel broken = new TableModel(new double[][] {{0, .5, .5}});
        refuses(
                () -> broken.nextTokenLogits(0),
                "the logit of token 0 is -Infinity, expected a finite value");
        refuses(
                () -> broken.logProbabilities(new long[] {0}, new long[] {0}),
                "the log-probability of token 0 of the completion is -Infinity, expected a finite"
                        + " value");
    }

    /** Logits that tell, twice, how often each of three tokens occurred. */
    private static NDList counts(NDList inputs) {
        NDArray ids = inputs.head();
        NDArray table = ids.getManager().eye(3).mul(2);
        NDArray rows = table.gather(ids.flatten().expandDims(1).repeat(1, 3), 0);
        return new NDList(rows.reshape(1, ids.size(), 3).cumSum(1));
    }

    @Test
    void adaptsAPredictorOfLogits() throws Exception {
        try (Model djl = Model.newInstance("counts")) {
            djl.setBlock(new LambdaBlock(LanguageModelTest::counts));
            try (Predictor<NDList, NDList> predictor = djl.newPredictor(new NoopTranslator())) {
                LanguageModel adapted = LanguageModel.ofLogits(predictor);
                assertThat(adapted.nextTokenLogits(0, 1, 1)).containsExactly(2, 4, 0);
                assertThat(adapted.logProbabilities(new long[] {0, 1}, new long[] {1})[0])
                        .isCloseTo(Distributions.logSoftmax(2, 2, 0)[1], within(FLOAT32_TOLERANCE));
            }
        }
    }

    @Test
    void adaptsAPredictorOfCausalModels() throws Exception {
        Translator<NDList, CausalLMOutput> translator =
                new Translator<>() {
                    @Override
                    public Batchifier getBatchifier() {
                        return null;
                    }

                    @Override
                    public NDList processInput(TranslatorContext context, NDList inputs) {
                        assertThat(inputs).hasSize(3);
                        for (NDArray input : inputs) {
                            assertThat(input.getShape()).isEqualTo(new Shape(1, 3));
                            assertThat(input.getDataType()).isEqualTo(DataType.INT64);
                        }
                        assertThat(inputs.get(1).toLongArray()).containsExactly(0, 1, 2);
                        assertThat(inputs.get(2).toLongArray()).containsExactly(1, 1, 1);
                        return inputs;
                    }

                    @Override
                    public CausalLMOutput processOutput(TranslatorContext context, NDList list) {
                        list.detach();
                        return new CausalLMOutput(list.head(), new NDList());
                    }
                };
        try (Model djl = Model.newInstance("counts")) {
            djl.setBlock(new LambdaBlock(LanguageModelTest::counts));
            try (Predictor<NDList, CausalLMOutput> predictor = djl.newPredictor(translator)) {
                assertThat(LanguageModel.of(predictor).nextTokenLogits(2, 1, 1))
                        .containsExactly(0, 4, 2);
            }
        }
    }

    @Test
    void choosesAmongOptions() {
        try (NDManager manager = NDManager.newBaseManager()) {
            MultipleChoice choice = MultipleChoice.of(model, 2, 0);
            NDArray logits = choice.logits(manager, List.of(new long[] {0, 1}, new long[] {2}));
            assertThat(logits.getShape()).isEqualTo(new Shape(2, 2));
            assertThat(logits.softmax(1).toDoubleArray())
                    .containsExactly(
                            new double[] {8 / 9., 1 / 9., 4 / 7., 3 / 7.}, within(ROUNDING));
            assertThat(choice.probabilities(2))
                    .containsExactly(new double[] {4 / 7., 3 / 7.}, within(ROUNDING));
            refuses(() -> choice.logits(manager, List.of()), "no questions, expected at least one");
        }
    }

    @Test
    void refusesOptionsThatAreNone() {
        refuses(() -> MultipleChoice.of(model, 1), "1 options, expected at least 2");
        refuses(() -> MultipleChoice.of(model, 1, -1), "options[1] = -1, expected a token");
        refuses(() -> MultipleChoice.of(model, 1, 2, 1), "options[2] = 1, the same as options[0]");
        refuses(
                () -> MultipleChoice.of(model, 1, 7).probabilities(0),
                "options[1] = 7, expected 0..2");
    }
}
