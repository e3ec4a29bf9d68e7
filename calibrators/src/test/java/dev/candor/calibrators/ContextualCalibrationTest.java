package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.ContextualCalibration.Reading;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Golden values of the formula in float64, by numpy 2.4.6. */
class ContextualCalibrationTest extends PriorContract {

    @Override
    Calibrator given(double... prior) {
        return ContextualCalibration.of(prior);
    }

    @Override
    Calibrator estimated(NDArray logits) {
        return ContextualCalibration.fit(logits);
    }

    @Override
    double[] prior(Calibrator calibrator) {
        return ((ContextualCalibration) calibrator).contentFree();
    }

    private static ContextualCalibration softmax(double... prior) {
        return ContextualCalibration.builder().optReading(Reading.SOFTMAX).of(prior);
    }

    @Test
    void dividesByTheContentFreeProbabilitiesAndNormalises() {
        assertThat(probabilities(given(.9, .1), .6, .4))
                .containsExactly(new double[] {.1428571429, .8571428571}, within(GOLDEN_TOLERANCE));
    }

    @Test
    void takesTheQuotientsForLogitsInTheOtherReading() {
        NDArray logits = rows(new double[] {.6, .4}).log();
        assertThat(softmax(.9, .1).apply(logits).toDoubleArray())
                .containsExactly(new double[] {.6666666667, 4}, within(GOLDEN_TOLERANCE));
        assertThat(probabilities(softmax(.9, .1), .6, .4))
                .containsExactly(new double[] {.0344451957, .9655548043}, within(GOLDEN_TOLERANCE));
        assertThat(probabilities(softmax(.9, .1), .9, .1))
                .containsExactly(new double[] {.5, .5}, within(ROUNDING));
    }

    @Test
    void averagesProbabilitiesBeforeItInverts() {
        NDArray contentFree =
                rows(
                                new double[] {.7, .2, .1},
                                new double[] {.5, .3, .2},
                                new double[] {.6, .3, .1})
                        .log();
        ContextualCalibration calibrator = ContextualCalibration.fit(contentFree);
        assertThat(calibrator.contentFree())
                .containsExactly(
                        new double[] {.6, .2666666667, .1333333333}, within(GOLDEN_TOLERANCE));
        assertThat(probabilities(calibrator, .4, .35, .25))
                .containsExactly(
                        new double[] {.1729729730, .3405405405, .4864864865},
                        within(GOLDEN_TOLERANCE));
    }

    @Test
    void bothReadingsNameTheSameClass() {
        NDArray logits = manager.randomNormal(new Shape(200, 4)).mul(3);
        double[] prior = {.6, .25, .1, .05};
        assertThat(softmax(prior).apply(logits).argMax(1).toLongArray())
                .containsExactly(given(prior).apply(logits).argMax(1).toLongArray());
    }

    @Test
    void keepsItsReadingInAFile() throws IOException {
        Path file = directory.resolve("softmax.candor");
        softmax(.9, .1).save(file);
        ContextualCalibration loaded = (ContextualCalibration) Calibrators.load(file);
        assertThat(loaded.reading()).isEqualTo(Reading.SOFTMAX);
        assertThat(probabilities(loaded, .6, .4)[0])
                .isCloseTo(.0344451957, within(GOLDEN_TOLERANCE));
    }

    @Test
    void refusesNoContentFreeInputs() {
        refuses(
                () -> ContextualCalibration.fit(manager.zeros(new Shape(0, 4))),
                "logits of content-free inputs have shape (0, 4), expected 1 rows or more");
        refuses(
                () -> ContextualCalibration.builder().optReading(null),
                "reading = null, expected one of the readings");
    }
}
