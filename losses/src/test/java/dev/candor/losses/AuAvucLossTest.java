package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuAvucLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of("AUAvUC (21 thresholds)", AuAvucLoss.of());
    }

    @Override
    Loss loss() {
        return AuAvucLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Three predictions for each sample of batch A; values of torch 2.13. */
    @Test
    void measuresMutualInformationOverSeveralPredictions() {
        MonteCarlo.assertReproduces(
                AuAvucLoss.builder().optMutualInformation(3).build(),
                0.3914114940,
                0.0079940334,
                -0.0016397312,
                -0.0063543022,
                0.0192359078,
                -0.0357386061,
                0.0165026983,
                0.0172758111,
                0.0279020324,
                -0.0451778435,
                0.0190747065,
                -0.0128830557,
                -0.0061916507,
                0.0263731200,
                -0.0192264581,
                -0.0071466619,
                -0.0003318140,
                -0.0369265146,
                0.0372583286,
                0.0140432471,
                0.0196768721,
                -0.0337201191,
                -0.0299617862,
                0.0374976537,
                -0.0075358675,
                -0.0499949030,
                0.0290109412,
                0.0209839618,
                0.0277183105,
                -0.0472120176,
                0.0194937071,
                0.0183116326,
                0.0230589213,
                -0.0413705539,
                0.0053479780,
                -0.0186636065,
                0.0133156285);
    }

    @Test
    void certaintyThatTellsRightFromWrongCostsLittle() {
        double[][] logits = {{6, 0}, {6.1, 0}, {0.1, 0}, {0.11, 0}};
        double sharp = LossProbe.of(loss(), logits, new long[] {0, 0, 1, 1}).value();
        double inverted = LossProbe.of(loss(), logits, new long[] {1, 1, 0, 0}).value();
        assertThat(sharp).isLessThan(0.1);
        assertThat(inverted).isGreaterThan(1);
    }

    @Test
    void aLoneRightSampleIsCertain() {
        LossProbe probe = LossProbe.of(loss(), new double[][] {{1, 0}}, new long[] {0});
        assertThat(probe.value()).isCloseTo(0, within(FLOAT64_TOLERANCE));
    }
}
