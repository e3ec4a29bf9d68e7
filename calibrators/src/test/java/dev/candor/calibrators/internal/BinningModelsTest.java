package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
        BinningModels models = BinningModels.of(PROBABILITIES, HITS, null);
        assertThat(models.weights())
                .containsExactly(
                        new double[] {.2000041924, .4293844613, .1406443106, .2299670356},
                        within(TOLERANCE));
    }

    @Test
    void reproducesTheGoldenWeightsOfAPriorInAll() {
        BinningModels models = BinningModels.of(PROBABILITIES, HITS, 2.0);
        assertThat(models.weights())
                .containsExactly(
                        new double[] {.4937395365, .4478285386, .0430993198, .0153326052},
                        within(TOLERANCE));
    }
}
