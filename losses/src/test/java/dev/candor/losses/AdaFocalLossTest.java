package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdaFocalLossTest extends LossContract {

    private static final AdaFocalGammas TWO_BINS =
            AdaFocalGammas.of(new double[] {0, 0.5, 1}, new double[] {1.5, -0.5});

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "AdaFocal (bin edges 0,.5,1; gamma=[1.5,-0.5])",
                AdaFocalLoss.builder().optGammas(TWO_BINS).build(),
                "Focal gamma=2",
                everywhere(2),
                "Inverse focal gamma=2",
                everywhere(-2),
                "CE",
                everywhere(0));
    }

    private static AdaFocalLoss everywhere(double gamma) {
        return AdaFocalLoss.builder()
                .optGammas(
                        AdaFocalGammas.of(
                                new double[] {0.2, 0.4, 0.9}, new double[] {gamma, gamma}))
                .build();
    }

    @Override
    Loss loss() {
        return AdaFocalLoss.builder().optGammas(TWO_BINS).build();
    }

    @Test
    void isFocalLossWithGammaOneUntilItIsUpdated() {
        double[][] logits = LossProbe.randomLogits(81, 20, 4, 2);
        long[] labels = LossProbe.randomLabels(82, 20, 4);
        AdaFocalLoss loss = AdaFocalLoss.of();
        assertThat(loss.gammas().bins()).isEqualTo(15);
        assertThat(LossProbe.of(loss, logits, labels).value())
                .isCloseTo(
                        LossProbe.of(FocalLoss.of(1), logits, labels).value(),
                        within(FLOAT64_TOLERANCE));
        loss.update(everywhere(4).gammas());
        assertThat(LossProbe.of(loss, logits, labels).value())
                .isCloseTo(
                        LossProbe.of(FocalLoss.of(4), logits, labels).value(),
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void aGammaBelowOneStaysFiniteAtCertainty() {
        double[][] certain = {{1000, 0, 0}, {0, -1000, 0}};
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            LossProbe probe = LossProbe.of(everywhere(0.5), certain, new long[] {0, 1}, type);
            assertThat(probe.isFinite()).as("%s", probe).isTrue();
        }
    }

    @Test
    void theOutermostBinsTakeWhatLiesOutside() {
        AdaFocalLoss loss =
                AdaFocalLoss.builder()
                        .optGammas(
                                AdaFocalGammas.of(
                                        new double[] {0.4, 0.5, 0.6}, new double[] {2, -2}))
                        .build();
        double[][] unlikely = {{-2, 0, 1}};
        double[][] likely = {{3, 0, -1}};
        long[] label = {0};
        assertThat(LossProbe.of(loss, unlikely, label).value())
                .isCloseTo(
                        LossProbe.of(FocalLoss.of(2), unlikely, label).value(),
                        within(FLOAT64_TOLERANCE));
        assertThat(LossProbe.of(loss, likely, label).value())
                .isCloseTo(
                        LossProbe.of(InverseFocalLoss.of(2), likely, label).value(),
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void aProbabilityAtAnEdgeBelongsToTheBinAbove() {
        double[][] even = {{0, 0}};
        assertThat(LossProbe.of(loss(), even, new long[] {0}).value())
                .isCloseTo(Math.sqrt(1.5) * Math.log(2), within(FLOAT64_TOLERANCE));
    }
}
