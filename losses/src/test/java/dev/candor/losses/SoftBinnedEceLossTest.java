package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.training.loss.Loss;
import dev.candor.losses.SoftBinnedEceLoss.Form;
import dev.candor.losses.SoftBinnedEceLoss.Membership;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoftBinnedEceLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "SB-ECE bin p=2 M=15 T=0.01",
                SoftBinnedEceLoss.of(),
                "SB-ECE bin p=1 M=15 T=0.01",
                SoftBinnedEceLoss.builder().optNorm(1).build(),
                "SB-ECE bin p=2 M=15 T=decay factor 10 (T=1/(225 ln 10))",
                SoftBinnedEceLoss.builder().optDecayFactor(10).build(),
                "SB-ECE bin p=2 M=5 T=0.1",
                SoftBinnedEceLoss.builder().optBins(5).optTemperature(0.1).build(),
                "SB-ECE lb squared (caltrain, centres in [1/K,1])",
                SoftBinnedEceLoss.builder()
                        .optForm(Form.LABEL_BINNED)
                        .optCentresFromChance(true)
                        .optMembershipSmoothing(1e-5)
                        .optRoot(false)
                        .build(),
                "SB-ECE lb sqrt (ESD repo, centres in [0,1], eps=0)",
                SoftBinnedEceLoss.builder().optForm(Form.LABEL_BINNED).build(),
                "SB-ECE triangular M=15 p=1 (t=M*c+0.5 clamped)",
                SoftBinnedEceLoss.builder()
                        .optMembership(Membership.TRIANGULAR)
                        .optNorm(1)
                        .build());
    }

    @Override
    Loss loss() {
        return SoftBinnedEceLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.5, 2, 3})
    void theLabelBinnedFormIsNeverSmaller(double norm) {
        double[][] logits = LossProbe.randomLogits(3, 40, 5, 2);
        long[] labels = LossProbe.randomLabels(4, 40, 5);
        Loss bin = SoftBinnedEceLoss.builder().optNorm(norm).build();
        Loss labelBinned =
                SoftBinnedEceLoss.builder().optNorm(norm).optForm(Form.LABEL_BINNED).build();
        assertThat(LossProbe.of(labelBinned, logits, labels).value())
                .isGreaterThanOrEqualTo(LossProbe.of(bin, logits, labels).value());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.9, 1, 1e-4, Double.NaN})
    void refusesADecayFactorThatWouldInvertTheMembership(double factor) {
        assertThatThrownBy(() -> SoftBinnedEceLoss.builder().optDecayFactor(factor))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("decayFactor = " + factor);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.01, Double.POSITIVE_INFINITY, Double.NaN})
    void refusesATemperatureThatIsNotPositive(double temperature) {
        assertThatThrownBy(() -> SoftBinnedEceLoss.builder().optTemperature(temperature))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("temperature = " + temperature);
    }
}
