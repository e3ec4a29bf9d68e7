package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BinningModelsTest {

    private static final double TOLERANCE = 1e-9;
    private static final double[] PROBABILITIES = {
        .05, .12, .15, .22, .27, .31, .35, .41, .44, .48, .52, .57, .61, .66, .71, .78, .83, .88,
        .93, .97
    };
    private static final double[] HITS = {
        0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1
    };

    /** Expected values: scipy 1.17.1 from the formula, for one to four bins. */
    @Test
    void reproducesTheGoldenWeightsOfAPriorPerBin() {
        BinningModels models = new BinningModels(HITS.length, null).fit(PROBABILITIES, HITS);
        assertThat(models.weights())
                .containsExactly(
                        new double[] {.2000041924, .4293844613, .1406443106, .2299670356},
                        within(TOLERANCE));
    }

    @Test
    void reproducesTheGoldenWeightsOfAPriorInAll() {
        BinningModels models = new BinningModels(HITS.length, 2.0).fit(PROBABILITIES, HITS);
        assertThat(models.weights())
                .containsExactly(
                        new double[] {.4937395365, .4478285386, .0430993198, .0153326052},
                        within(TOLERANCE));
    }

    @Test
    void leavesOutStepsThatHardlyShowWhereThereWouldBeTooMany() {
        int size = 20_000;
        double[] x = new double[size];
        double[] hits = new double[size];
        Random random = new Random(5);
        for (int i = 0; i < size; i++) {
            x[i] = random.nextDouble();
            hits[i] = random.nextDouble() < x[i] * x[i] ? 1 : 0;
        }
        Piecewise mean = new BinningModels(size, null).fit(x, hits).average();
        assertThat(mean.thresholds()).hasSizeLessThanOrEqualTo(1023).isSorted();
        assertThat(mean.values()[mean.values().length - 1]).isGreaterThan(0.9);
    }

    @Test
    void forgetsTheSamplesBefore() {
        BinningModels used = new BinningModels(HITS.length, null);
        used.fit(HITS, PROBABILITIES).average();
        Piecewise again = used.fit(PROBABILITIES, HITS).average();
        Piecewise once = new BinningModels(HITS.length, null).fit(PROBABILITIES, HITS).average();
        assertThat(again.thresholds()).containsExactly(once.thresholds());
        assertThat(again.values()).containsExactly(once.values());
    }
}
