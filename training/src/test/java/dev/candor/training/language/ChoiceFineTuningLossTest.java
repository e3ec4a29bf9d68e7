package dev.candor.training.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.RcftLoss;
import dev.candor.losses.TokenCrossEntropyLoss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Golden values by torch 2.13.0 in float64, the targets of the options by the authors' function.
 */
class ChoiceFineTuningLossTest {

    private static final double TOLERANCE = 1e-9;

    private static final double CALIBRATION = 1.3812745327;

    private static final double[][] OPTION_LOGITS = {
        {2, .5, -1, .1},
        {.3, 1.9, .2, -.4},
        {3, 0, .5, -.5},
        {.1, .2, 0, .3},
        {-1, .4, 2.6, .9}
    };
    private static final long[] ANSWERS = {0, 2, 0, 3, 1};

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Texts of three tokens and a vocabulary of six, the options' logits at the second token. */
    private NDArray logits() {
        double[] flat = new double[5 * 3 * 6];
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 4; j++) {
                flat[i * 18 + 6 + token(i, j)] = OPTION_LOGITS[i][j];
            }
        }
        return manager.create(flat, new Shape(5, 3, 6));
    }

    /** Options are different tokens in different texts. */
    private static int token(int text, int option) {
        return (option + text) % 6;
    }

    private NDList labels() {
        long[] tokens = new long[15];
        long[] completion = new long[15];
        long[] options = new long[20];
        for (int i = 0; i < 5; i++) {
            tokens[3 * i + 2] = token(i, (int) ANSWERS[i]);
            completion[3 * i + 2] = 1;
            for (int j = 0; j < 4; j++) {
                options[4 * i + j] = token(i, j);
            }
        }
        return new NDList(
                manager.create(tokens, new Shape(5, 3)),
                manager.create(completion, new Shape(5, 3)),
                manager.create(new long[] {1, 1, 1, 1, 1}),
                manager.create(options, new Shape(5, 4)),
                manager.create(ANSWERS));
    }

    private RcftLoss calibration() {
        NDArray options = ChoiceFineTuningLoss.optionLogits(logits(), labels());
        return RcftLoss.of(BinAccuracy.of(options, manager.create(ANSWERS)));
    }

    @Test
    void findsTheOptionsWhereTheAnswerIsForetold() {
        double[] found = ChoiceFineTuningLoss.optionLogits(logits(), labels()).toDoubleArray();
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isEqualTo(OPTION_LOGITS[i / 4][i % 4]);
        }
    }

    @Test
    void addsTheCalibrationTermToTheTokens() {
        for (boolean completionOnly : new boolean[] {true, false}) {
            TokenCrossEntropyLoss tokens =
                    TokenCrossEntropyLoss.builder().optCompletionOnly(completionOnly).build();
            double plain = value(new ChoiceFineTuningLoss(tokens, null, 0));
            assertThat(plain)
                    .isEqualTo(
                            tokens.evaluate(labels().subNDList(0, 2), new NDList(logits()))
                                    .getDouble());
            double both = value(new ChoiceFineTuningLoss(tokens, calibration(), 3));
            assertThat(both - plain).isCloseTo(3 * CALIBRATION, within(TOLERANCE));
        }
    }

    private double value(ChoiceFineTuningLoss loss) {
        return loss.evaluate(labels(), new NDList(logits())).getDouble();
    }

    @Test
    void theGradientIsThatOfTheOptions() {
        RcftLoss calibration = calibration();
        ChoiceFineTuningLoss loss =
                new ChoiceFineTuningLoss(TokenCrossEntropyLoss.completionOnly(), calibration, 1);
        ChoiceFineTuningLoss without =
                new ChoiceFineTuningLoss(TokenCrossEntropyLoss.completionOnly(), null, 0);
        double[] difference = gradient(loss).sub(gradient(without)).get(":, 1").toDoubleArray();
        // Of the first text, whose options are the tokens in their order.
        double[] expected = {0.0534215460, -0.0243865697, -0.0079953114, -0.0210396649, 0, 0};
        for (int k = 0; k < 6; k++) {
            assertThat(difference[k]).isCloseTo(expected[k], within(TOLERANCE));
        }
    }

    private NDArray gradient(ChoiceFineTuningLoss loss) {
        NDArray logits = logits();
        logits.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss.evaluate(labels(), new NDList(logits)));
        }
        return logits.getGradient();
    }

    @Test
    void addsUpOverTheTokens() {
        NDArray logits =
                manager.create(
                        new double[] {1, 0, -1, .2, .4, .1, 2, -.5, .3, 0, 0, 0},
                        new Shape(1, 4, 3));
        NDArray tokens = manager.create(new long[] {0, 0, 1, 2}, new Shape(1, 4));
        NDArray completion = manager.create(new long[] {0, 0, 0, 1}, new Shape(1, 4));
        NDArray place = manager.create(new long[] {2});
        NDArray options = manager.create(new long[] {1, 2}, new Shape(1, 2));
        NDArray answer = manager.create(new long[] {1});
        NDList labels = new NDList(tokens, completion, place, options, answer);
        ChoiceFineTuningLoss completionOnly =
                new ChoiceFineTuningLoss(TokenCrossEntropyLoss.completionOnly(), null, 0);
        ChoiceFineTuningLoss joint =
                new ChoiceFineTuningLoss(TokenCrossEntropyLoss.joint(), null, 0);
        assertThat(completionOnly.evaluate(labels, new NDList(logits)).getDouble())
                .isCloseTo(1.9348891194, within(TOLERANCE));
        assertThat(joint.evaluate(labels, new NDList(logits)).getDouble())
                .isCloseTo(1.0941087149, within(TOLERANCE));
    }

    @Test
    void leavesNothingBehind() {
        NDArray logits = logits().toType(DataType.FLOAT32, true);
        NDList labels = labels();
        ChoiceFineTuningLoss loss =
                new ChoiceFineTuningLoss(TokenCrossEntropyLoss.joint(), calibration(), 1);
        int arrays = manager.getManagedArrays().size();
        loss.evaluate(labels, new NDList(logits));
        assertThat(manager.getManagedArrays()).hasSize(arrays + 1);
    }

    @Test
    void refusesLabelsThatAreMissing() {
        ChoiceFineTuningLoss loss =
                new ChoiceFineTuningLoss(TokenCrossEntropyLoss.joint(), null, 0);
        assertThatThrownBy(() -> loss.evaluate(labels().subNDList(0, 2), new NDList(logits())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 label arrays, expected 5");
    }
}
