package dev.candor.losses;

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
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TokenCrossEntropyLossTest extends LossContract {

    private static final double[] LOGITS = {
        1, 0, -1, .5, .2, .4, .1, -.3, 2, -.5, .3, 0, .7, .1, -.2, .9, .3, -.6, 1.1, 0, 0, .25,
        -.75, 1.5, -1, .4, .6, .2, .5, .5, -.1, .8
    };
    private static final Shape SHAPE = new Shape(2, 4, 4);
    private static final long[] TOKENS = {0, 2, 1, 3, 3, 0, 2, -100};
    private static final long[] COMPLETION = {0, 0, 1, 1, 0, 1, 1, 0};
    private static final Shape LABEL_SHAPE = new Shape(2, 4);

    private static final double[] TOY_LOGITS = {1, 0, -1, .2, .4, .1, 2, -.5, .3};
    private static final double[] TOY_NLL = {0.4076059644, 0.9398310608, 1.9348891194};

    @Override
    Map<String, Loss> goldens() {
        return Map.of("CE", loss());
    }

    /** Unshifted, so that the rows of the contract are its tokens. */
    @Override
    Loss loss() {
        return TokenCrossEntropyLoss.builder().optShifted(false).build();
    }

    private static Loss unshiftedCompletion() {
        return TokenCrossEntropyLoss.builder().optCompletionOnly(true).optShifted(false).build();
    }

    /** Made with torch 2.13 in float64. */
    @Test
    void reproducesTheValuesOfASingleSequence() {
        long[] targets = {0, 1, 2};
        for (int t = 0; t < 3; t++) {
            long[] only = {0, 0, 0};
            only[t] = 1;
            assertThat(toy(unshiftedCompletion(), targets, only))
                    .isCloseTo(TOY_NLL[t], within(FLOAT64_TOLERANCE));
        }
        assertThat(toy(loss(), targets, new long[] {0, 0, 1}))
                .as("joint")
                .isCloseTo(1.0941087149, within(FLOAT64_TOLERANCE));
        assertThat(toy(unshiftedCompletion(), new long[] {-100, -100, 2}, null))
                .as("prompt already ignored")
                .isCloseTo(1.9348891194, within(FLOAT64_TOLERANCE));
    }

    private static double toy(Loss loss, long[] targets, long[] completion) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList labels = new NDList(manager.create(targets, new Shape(1, 3)));
            if (completion != null) {
                labels.add(manager.create(completion, new Shape(1, 3)));
            }
            NDArray logits = manager.create(TOY_LOGITS, new Shape(1, 3, 3));
            return loss.evaluate(labels, new NDList(logits)).getDouble();
        }
    }

    /** Made with torch 2.13 in float64. */
    @Test
    void theJointLossCountsEveryTokenThatFollows() {
        assertShifted(
                TokenCrossEntropyLoss.joint(),
                2.0810107147,
                new double[] {
                    0.0947981693,
                    0.0348742975,
                    -0.1871704629,
                    0.0574979961,
                    0.0535795013,
                    -0.1345578493,
                    0.0484807377,
                    0.0324976103,
                    0.1428465512,
                    0.0117255590,
                    0.0260957114,
                    -0.1806678215,
                    0,
                    0,
                    0,
                    0,
                    -0.1542640622,
                    0.0185948447,
                    0.1017872015,
                    0.0338820161,
                    0.0276316331,
                    0.0354797193,
                    -0.1869477407,
                    0.1238363883,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0
                });
    }

    /** Made with torch 2.13 in float64. */
    @Test
    void theCompletionLossCountsTokensOfTheCompletionAlone() {
        assertShifted(
                TokenCrossEntropyLoss.completionOnly(),
                1.9146215761,
                new double[] {
                    0,
                    0,
                    0,
                    0,
                    0.0669743767,
                    -0.1681973116,
                    0.0606009221,
                    0.0406220129,
                    0.1785581890,
                    0.0146569487,
                    0.0326196392,
                    -0.2258347769,
                    0,
                    0,
                    0,
                    0,
                    -0.1928300778,
                    0.0232435558,
                    0.1272340018,
                    0.0423525201,
                    0.0345395414,
                    0.0443496491,
                    -0.2336846759,
                    0.1547954854,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0
                });
    }

    private static void assertShifted(Loss loss, double value, double[] gradient) {
        for (DataType type : new DataType[] {DataType.INT64, DataType.INT32, DataType.FLOAT32}) {
            LossProbe probe = probe(loss, type, COMPLETION);
            assertThat(probe.value()).isCloseTo(value, within(FLOAT64_TOLERANCE));
            assertThat(probe.gradient()).containsExactly(gradient, within(FLOAT64_TOLERANCE));
        }
    }

    @Test
    void aBatchWithoutCompletionGivesZero() {
        LossProbe probe =
                probe(TokenCrossEntropyLoss.completionOnly(), DataType.INT64, new long[8]);
        assertThat(probe.value()).isZero();
        assertThat(probe.gradient()).containsOnly(0);
    }

    private static LossProbe probe(Loss loss, DataType type, long[] completion) {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray logits = manager.create(LOGITS, SHAPE);
            logits.setRequiresGradient(true);
            NDArray value = loss.evaluate(labels(manager, type, completion), new NDList(logits));
            collector.backward(value);
            return new LossProbe(value.getDouble(), logits.getGradient().toDoubleArray());
        }
    }

    private static NDList labels(NDManager manager, DataType type, long[] completion) {
        return new NDList(
                manager.create(TOKENS, LABEL_SHAPE).toType(type, false),
                manager.create(completion, LABEL_SHAPE).toType(type, false));
    }

    @Test
    void shiftsAndMasksWithoutReadingAValueOrLeavingAnArray() {
        Loss loss = TokenCrossEntropyLoss.completionOnly();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.create(LOGITS, SHAPE));
            NDList labels = labels(manager, DataType.INT64, COMPLETION);
            assertReadsNoValue(loss, labels, logits);
            assertLeavesNoArray(loss, manager, labels, logits);
        }
    }

    @Test
    void ignoresAnotherIndexWhenToldTo() {
        Loss loss = TokenCrossEntropyLoss.builder().optIgnoreIndex(-1).optShifted(false).build();
        assertThat(toy(loss, new long[] {-1, -1, 2}, null))
                .isCloseTo(1.9348891194, within(FLOAT64_TOLERANCE));
    }

    @Test
    void refusesTokensOutOfRangeWhenAskedTo() {
        Loss loss = TokenCrossEntropyLoss.builder().optValidate(true).build();
        assertThatThrownBy(() -> toy(loss, new long[] {0, 3, 1}, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[0] = 3, expected 0..2");
    }

    @Test
    void refusesAMaskThatDoesNotFit() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.create(LOGITS, SHAPE));
            NDList labels =
                    new NDList(
                            manager.create(TOKENS, LABEL_SHAPE), manager.create(new long[] {2, 1}));
            assertThatThrownBy(
                            () -> TokenCrossEntropyLoss.completionOnly().evaluate(labels, logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("mask has shape (2) for labels of shape (2, 4)");
        }
    }

    @Test
    void refusesToShiftWhatHasNoNextToken() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList flat = new NDList(manager.zeros(new Shape(3, 4)));
            NDList labels = new NDList(manager.zeros(new Shape(3), DataType.INT64));
            assertThatThrownBy(() -> TokenCrossEntropyLoss.joint().evaluate(labels, flat))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("labels have shape (3), expected [N, T]");
        }
    }

    @Test
    void refusesAThirdLabelArray() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList logits = new NDList(manager.create(LOGITS, SHAPE));
            NDArray tokens = manager.create(TOKENS, LABEL_SHAPE);
            NDList labels = new NDList(tokens, tokens, tokens);
            assertThatThrownBy(() -> TokenCrossEntropyLoss.joint().evaluate(labels, logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 label arrays");
        }
    }
}
