package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelSmoothingLossTest extends LossContract {

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "Label smoothing alpha=0.1 (alpha/K)",
                LabelSmoothingLoss.of(),
                "Label smoothing alpha=0.1 (alpha/(K-1))",
                LabelSmoothingLoss.builder()
                        .optConvention(LabelSmoothingLoss.Convention.WRONG_CLASSES)
                        .build(),
                "CE",
                LabelSmoothingLoss.of(0));
    }

    @Override
    Loss loss() {
        return LabelSmoothingLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void refusesSmoothingAboveOne() {
        assertThatThrownBy(() -> LabelSmoothingLoss.of(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("smoothing = 1.5, expected 0.0..1.0");
    }
}
