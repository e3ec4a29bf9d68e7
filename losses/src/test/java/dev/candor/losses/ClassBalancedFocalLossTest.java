package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClassBalancedFocalLossTest extends LossContract {

    private static final long[] COUNTS = {100, 20, 5, 50};

    @Override
    Map<String, Loss> goldens() {
        return Map.of();
    }

    @Override
    Loss loss() {
        return loss(3);
    }

    @Override
    Loss loss(int classes) {
        return ClassBalancedFocalLoss.of(0.999, Arrays.copyOf(COUNTS, classes));
    }

    private static Loss withGamma(double gamma) {
        return ClassBalancedFocalLoss.builder()
                .setBeta(0.999)
                .setCounts(100, 20, 5)
                .optGamma(gamma)
                .build();
    }

    static Stream<Arguments> goldenGradients() {
        return Stream.of(
                Arguments.of(
                        0,
                        0.7806598093,
                        new double[] {
                            -0.0035925463, 0.0187597246, 0.0081053761, 0.0760362994,
                            -0.0335261269, 0.0832004092, -0.0187597246, 0.0165709370,
                            0.0254827873, 0.1184148613, -0.0286510503, 0.0616363791
                        }),
                Arguments.of(
                        0.5,
                        0.6017850915,
                        new double[] {
                            -0.0018220052, 0.0191728691, 0.0059930860, 0.0736464169,
                            -0.0231799146, 0.0830150315, -0.0191728691, 0.0163021749,
                            0.0274298684, 0.1273944537, -0.0184380674, 0.0552523282
                        }),
                Arguments.of(
                        1,
                        0.4788312059,
                        new double[] {
                            -0.0008298809, 0.0185761233, 0.0040361050, 0.0668042072,
                            -0.0145441139, 0.0780436299, -0.0185761233, 0.0150651191,
                            0.0288985714, 0.1335667160, -0.0107335833, 0.0458576328
                        }),
                Arguments.of(
                        2,
                        0.3241019154,
                        new double[] {
                            -0.0001468007, 0.0158572019, 0.0015846939, 0.0491857934,
                            -0.0049368479, 0.0622083375, -0.0158572019, 0.0115569463,
                            0.0306511085, 0.1392496639, -0.0031254010, 0.0278678204
                        }));
    }

    /** Made with torch 2.13 in float64. */
    @ParameterizedTest
    @MethodSource("goldenGradients")
    void reproducesValueAndGradientOnBatchA(double gamma, double value, double[] gradient) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        LossProbe probe = LossProbe.of(withGamma(gamma), batch.logits(), batch.labels());
        assertThat(probe.value()).isCloseTo(value, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient()).containsExactly(gradient, within(FLOAT64_TOLERANCE));
        LossProbe single =
                LossProbe.of(withGamma(gamma), batch.logits(), batch.labels(), DataType.FLOAT32);
        assertThat(single.value()).isCloseTo(value, within(FLOAT32_TOLERANCE));
        assertThat(single.gradient()).containsExactly(gradient, within(FLOAT32_GRADIENT_TOLERANCE));
    }

    /** Made with torch 2.13 in float64. */
    @Test
    void reproducesTheValuesOnBatchesBAndC() {
        Loss onB =
                ClassBalancedFocalLoss.builder()
                        .setBeta(0.99)
                        .setCounts(50, 30, 10, 2)
                        .optGamma(2)
                        .build();
        GoldenLosses.Batch b = GoldenLosses.INSTANCE.batches().get("B");
        assertThat(LossProbe.of(onB, b.logits(), b.labels()).value())
                .isCloseTo(0.8270797827, within(FLOAT64_TOLERANCE));
        GoldenLosses.Batch c = GoldenLosses.INSTANCE.batches().get("C");
        assertThat(
                        LossProbe.of(
                                        ClassBalancedFocalLoss.of(0.999, 900, 30),
                                        c.logits(),
                                        c.labels())
                                .value())
                .isCloseTo(0.3791799985, within(FLOAT64_TOLERANCE));
    }

    @Test
    void theSoftmaxVariantIsWeightedCrossEntropy() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        double[] weights = ClassBalancedWeights.of(0.999, 100, 20, 5);
        Loss loss = CrossEntropyLoss.builder().optClassWeights(weights).build();
        double meanWeight =
                Arrays.stream(batch.labels())
                        .mapToDouble(y -> weights[(int) y])
                        .average()
                        .orElse(0);
        assertThat(meanWeight * LossProbe.of(loss, batch.logits(), batch.labels()).value())
                .isCloseTo(0.2823055598, within(FLOAT64_TOLERANCE));
    }

    @Test
    void aGammaBelowOneStaysFiniteAtCertainty() {
        double[][] certain = {{1000, 0, 0}, {0, -1000, 0}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe = LossProbe.of(withGamma(0.5), certain, new long[] {0, 1}, type);
            assertThat(probe.isFinite()).as("%s", probe).isTrue();
        }
    }

    @Test
    void needsACountForEachClass() {
        double[][] logits = {{1, 2, 3, 4}};
        assertThatThrownBy(() -> LossProbe.of(loss(3), logits, new long[] {0}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 classes, expected 3");
    }

    @Test
    void refusesToBeBuiltWithoutBetaOrCounts() {
        assertThatThrownBy(() -> ClassBalancedFocalLoss.builder().setCounts(1, 2).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beta = NaN");
        assertThatThrownBy(() -> ClassBalancedFocalLoss.builder().setBeta(0.9).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("counts = 0");
    }
}
