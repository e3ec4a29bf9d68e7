package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LeastAmbiguousSetsTest extends ConformalContract {

    @Override
    ConformalPredictor.Builder<?, ?> builder() {
        return LeastAmbiguousSets.builder();
    }

    @Test
    void reproducesTheGoldenThreshold() {
        ConformalPredictor predictor =
                LeastAmbiguousSets.fit(logits(DataSets.a()), labels(DataSets.a()));
        assertThat(predictor.thresholds()[0]).isCloseTo(.932574641768, within(GOLDEN_TOLERANCE));
    }

    /** {@code 1 - p_y} of the samples, sorted: the ninth of twelve by {@code ceil(13 * 0.65)}. */
    @Test
    void theThresholdIsTheCorrectedQuantile() {
        ConformalPredictor predictor =
                LeastAmbiguousSets.builder()
                        .optMiscoverage(.35)
                        .fit(logits(DataSets.a()), labels(DataSets.a()));
        assertThat(predictor.thresholds()[0]).isCloseTo(.6338077837, within(GOLDEN_TOLERANCE));
    }
}
