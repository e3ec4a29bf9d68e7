package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduledFocalLossTest extends LossContract {

    private static final double[][] LOGITS = LossProbe.randomLogits(1, 6, 3, 1.5);
    private static final long[] LABELS = LossProbe.randomLabels(2, 6, 3);

    @Override
    Map<String, Loss> goldens() {
        return Map.of(
                "Focal gamma=2",
                ScheduledFocalLoss.of(step -> 2),
                "Focal gamma=3",
                ScheduledFocalLoss.of(step -> 3),
                "CE",
                ScheduledFocalLoss.of(step -> 0));
    }

    @Override
    Loss loss() {
        return ScheduledFocalLoss.of(1);
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    @Test
    void lowersGammaAfterEpochs100And250() {
        Loss loss = ScheduledFocalLoss.of(2);
        double[] expected = {focal(5), focal(3), focal(1)};
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int batch = 0; batch < 502; batch++) {
                int stage = batch < 200 ? 0 : batch < 500 ? 1 : 2;
                assertThat(train(loss, manager, new Shape(6, 3), new Shape(6)))
                        .as("batch %d", batch)
                        .isCloseTo(expected[stage], within(FLOAT64_TOLERANCE));
            }
        }
    }

    @Test
    void countsTrainingBatchesOnlyAndEachOnce() {
        for (boolean tokens : new boolean[] {false, true}) {
            Shape shape = tokens ? new Shape(2, 3, 3) : new Shape(6, 3);
            Shape labels = tokens ? new Shape(2, 3) : new Shape(6);
            Loss loss = ScheduledFocalLoss.of(step -> step);
            Loss composite = CompositeLoss.of(ScheduledFocalLoss.of(step -> step));
            try (NDManager manager = NDManager.newBaseManager()) {
                for (int batch = 0; batch < 3; batch++) {
                    assertThat(train(loss, manager, shape, labels))
                            .isCloseTo(focal(batch), within(FLOAT64_TOLERANCE));
                    assertThat(train(composite, manager, shape, labels))
                            .as("inside a composite")
                            .isCloseTo(focal(batch), within(FLOAT64_TOLERANCE));
                }
            }
        }
    }

    /** A training batch, then its report, which sees the same gamma. */
    private static double train(Loss loss, NDManager manager, Shape shape, Shape labelShape) {
        String[] key = {"train"};
        NDList labels = new NDList(manager.create(LABELS, labelShape));
        NDList logits = new NDList(manager.create(LossProbe.flat(LOGITS), shape));
        double value = loss.evaluate(labels, logits).getDouble();
        loss.resetAccumulator(key[0]);
        loss.updateAccumulators(key, labels, logits);
        assertThat(loss.getAccumulator(key[0])).isEqualTo((float) value);
        return value;
    }

    private static double focal(double gamma) {
        return LossProbe.of(FocalLoss.of(gamma), LOGITS, LABELS).value();
    }

    @Test
    void refusesAScheduleThatTurnsNegative() {
        Loss loss = ScheduledFocalLoss.of(step -> -1);
        assertThatThrownBy(() -> LossProbe.of(loss, LOGITS, LABELS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gamma = -1.0, expected a finite value >= 0");
    }

    @Test
    void refusesToBeBuiltWithoutASchedule() {
        assertThatThrownBy(() -> ScheduledFocalLoss.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no gamma set");
    }

    @Test
    void refusesAnEpochWithoutBatches() {
        assertThatThrownBy(() -> ScheduledFocalLoss.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batchesPerEpoch = 0, expected at least 1");
    }
}
