package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SampleDependentFocalLossTest extends LossContract {

    private static final double ROOT_TOLERANCE = 1e-12;

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "FLSD-53",
                SampleDependentFocalLoss.of(),
                "Focal gamma=2",
                withGammas(new double[] {0.5}, 2, 2),
                "CE",
                withGammas(new double[] {0.5}, 0, 0));
    }

    @Override
    Loss loss() {
        return SampleDependentFocalLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    private static SampleDependentFocalLoss withGammas(double[] thresholds, double... gammas) {
        return SampleDependentFocalLoss.builder().optGammas(thresholds, gammas).build();
    }

    /** Value and gradient made with torch 2.13 in float64. */
    @Test
    void stepsAtEachThreshold() {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get("A");
        LossProbe probe =
                LossProbe.of(
                        withGammas(new double[] {0.1, 0.5}, 7, 4, 0.5),
                        batch.logits(),
                        batch.labels());
        assertThat(probe.value()).isCloseTo(0.4779259936, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            -0.0357915412, 0.0292622505, 0.0065292906, 0.0428685474,
                            -0.0952283095, 0.0523597621, -0.3220305191, 0.0587465861,
                            0.2632839330, 0.0432938597, -0.0504502866, 0.0071564269
                        },
                        within(FLOAT64_TOLERANCE));
    }

    /** Value and gradient made with torch 2.13 in float64. */
    @Test
    void sumsOverTheClassesOfADistribution() {
        double[] distributions = {.2, .5, .3, 0, 1, 0, .6, .1, .3, .25, .25, .5};
        LossProbe probe =
                LossProbe.of(
                        SampleDependentFocalLoss.of(),
                        LossProbe.flat(GoldenLosses.INSTANCE.batches().get("A").logits()),
                        new Shape(4, 3),
                        DataType.FLOAT64,
                        manager -> manager.create(distributions, new Shape(4, 3)));
        assertThat(probe.value()).isCloseTo(0.7769927119, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            0.1865107072,
                            -0.0939217127,
                            -0.0925889945,
                            0.0119294206,
                            -0.0265000477,
                            0.0145706272,
                            -0.1869467444,
                            0.0119913096,
                            0.1749554347,
                            0.0857113293,
                            0.0686620671,
                            -0.1543733964
                        },
                        within(FLOAT64_TOLERANCE));
    }

    /** Made with the Lambert W function of mpmath 1.3 at 40 digits. */
    @ParameterizedTest
    @CsvSource({
        "0.10, 14.92399264800852",
        "0.20, 4.850554445506036",
        "0.25, 3.070227101505456",
        "0.30, 1.957169806638557",
        "0.40, 0.6805076232173836",
        "0.49, 0.05244733161845836"
    })
    void findsTheGammaForAProbability(double probability, double gamma) {
        assertThat(SampleDependentFocalLoss.gammaFor(probability))
                .isCloseTo(gamma, within(ROOT_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.7, 1})
    void findsNoGammaForALikelyLabel(double probability) {
        assertThat(SampleDependentFocalLoss.gammaFor(probability)).isZero();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 0.01, 0.2, 0.45, 0.499})
    void atItsGammaFocalLossPullsAsHardAsCrossEntropy(double probability) {
        double gamma = SampleDependentFocalLoss.gammaFor(probability);
        double ratio =
                Math.exp((gamma - 1) * Math.log1p(-probability))
                        * (1 - probability - gamma * probability * Math.log(probability));
        assertThat(gamma).isPositive();
        assertThat(ratio).isCloseTo(1, within(ROOT_TOLERANCE));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.1, Double.NaN})
    void refusesAProbabilityOutOfRange(double probability) {
        assertThatThrownBy(() -> SampleDependentFocalLoss.gammaFor(probability))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("probability = " + probability);
    }

    @Test
    void aGammaBelowOneStaysFiniteAtCertainty() {
        double[][] certain = {{1000, 0, 0}, {0, -1000, 0}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe =
                    LossProbe.of(
                            withGammas(new double[] {0.5}, 0.3, 0.5),
                            certain,
                            new long[] {0, 1},
                            type);
            assertThat(probe.isFinite()).as("%s", probe).isTrue();
        }
    }

    @Test
    void refusesThresholdsThatDoNotAscend() {
        assertThatThrownBy(() -> withGammas(new double[] {0.5, 0.2}, 5, 3, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("thresholds[1] = 0.2");
    }

    @Test
    void refusesAMissingGamma() {
        assertThatThrownBy(() -> withGammas(new double[] {0.2}, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 gammas for 1 thresholds");
    }

    @Test
    void refusesANegativeGamma() {
        assertThatThrownBy(() -> withGammas(new double[] {0.2}, 5, -3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gammas[1] = -3.0");
    }
}
