package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every calibrator of two classes promises. */
abstract class LogOddsContract extends CalibratorContract {

    static final double GOLDEN_TOLERANCE = 1e-9;
    static final double LIKELIHOOD_TOLERANCE = 1e-11;
    static final double FIT_TOLERANCE = 1e-8;

    abstract LogOddsCalibrator.Builder<?, ?> builder();

    @Override
    Calibrator fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    @Override
    int classes() {
        return 2;
    }

    @Override
    DataSets[] samples() {
        return new DataSets[] {
            DataSets.c(),
            DataSets.random(3, 100, 2),
            DataSets.random(4, 3, 2),
            DataSets.random(5, 200, 2).scaled(0.01),
            DataSets.random(6, 200, 2).scaled(1e6)
        };
    }

    /** The calibrated probabilities of the second class in rows 0, 9 and 19. */
    double[] probabilities(Calibrator calibrator, DataSets data) {
        double[] all = values(calibrator.apply(logits(data)).exp());
        return new double[] {all[1], all[19], all[39]};
    }

    @Test
    void probabilitiesSumToOne() {
        double[] sums = values(fitted().apply(unseen()).exp().sum(new int[] {1}));
        for (double sum : sums) {
            assertThat(sum).isCloseTo(1, within(ROUNDING));
        }
    }

    @Test
    void onlyTheDifferenceOfTheLogitsCounts() {
        Calibrator fitted = fitted();
        assertThat(values(fitted.apply(unseen().add(5))))
                .containsExactly(values(fitted.apply(unseen())), within(ROUNDING));
        assertThat(fitted.apply(unseen().reshape(5, 10, 2)).getShape())
                .isEqualTo(new Shape(5, 10, 2));
        assertThat(values(fitted.apply(unseen().reshape(5, 10, 2))))
                .containsExactly(values(fitted.apply(unseen())));
    }

    @Test
    void samplesOfWeightZeroDoNotCount() {
        DataSets data = DataSets.random(31, 300, 2);
        NDIndex head = new NDIndex(":200");
        NDArray weights = manager.zeros(new Shape(300, 1));
        weights.set(head, 1);
        Calibrator some = fit(logits(data).get(head), labels(data).get(head));
        Calibrator weighted = builder().fit(logits(data), labels(data), weights);
        assertThat(values(weighted.apply(unseen())))
                .containsExactly(values(some.apply(unseen())), within(FIT_TOLERANCE));
    }

    @Test
    void aSampleOfWeightTwoCountsTwice() {
        DataSets data = DataSets.random(32, 100, 2);
        NDArray logits = logits(data).concat(logits(data));
        NDArray labels = labels(data).concat(labels(data));
        Calibrator twice = fit(logits, labels);
        NDArray weights = manager.ones(new Shape(100)).mul(2);
        Calibrator weighted = builder().fit(logits(data), labels(data), weights);
        assertThat(values(weighted.apply(unseen())))
                .containsExactly(values(twice.apply(unseen())), within(FIT_TOLERANCE));
    }

    @Test
    void refusesMoreThanTwoClasses() {
        DataSets data = DataSets.random(33, 10, 3);
        refuses(logits(data), labels(data), "logits have 3 classes, expected two");
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 1, 1e38})
    void separableSamplesFit(double scale) {
        NDArray logits = array(new double[][] {{scale, 0}, {2 * scale, 0}, {0, scale}});
        Calibrator fitted = fit(logits, manager.create(new long[] {0, 0, 1}));
        assertThat(fitted.summary().status()).isEqualTo(ofSeparableSamples());
        assertThat(Arrays.stream(values(fitted.apply(logits).exp()))).allMatch(Double::isFinite);
        assertThat(fitted.summary().objectiveAfter())
                .isLessThanOrEqualTo(fitted.summary().objectiveBefore());
    }

    Status ofSeparableSamples() {
        return Status.SEPARABLE;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void oneClassFits(long label) {
        NDArray logits = logits(DataSets.random(34, 20, 2));
        Calibrator fitted = fit(logits, manager.create(new long[20]).add(label));
        assertThat(fitted.summary().status()).isEqualTo(ofOneClass());
        NDArray probabilities = fitted.apply(logits).exp().get(":, {}", label);
        assertThat(Arrays.stream(values(probabilities))).allMatch(p -> p > 0.9 && p <= 1);
    }

    Status ofOneClass() {
        return Status.CLASS_WITHOUT_SAMPLES;
    }

    @Test
    void constantLogitsGiveTheFrequencyOfTheClasses() {
        NDArray logits = array(new double[][] {{1, 2}, {1, 2}, {1, 2}, {0, 1}});
        Calibrator fitted = fit(logits, manager.create(new long[] {0, 1, 1, 1}));
        assertThat(fitted.summary().status()).isEqualTo(Status.DEGENERATE);
        assertThat(fitted.apply(logits).exp().getDouble(0, 1))
                .isCloseTo(frequencyOfThreeInFour(), within(FIT_TOLERANCE));
    }

    double frequencyOfThreeInFour() {
        return 0.75;
    }

    @Test
    void theLimitOfIterationsKeepsTheBestThatWasSeen() {
        DataSets data = DataSets.random(35, 50, 2);
        Calibrator fitted = builder().optMaxIterations(1).fit(logits(data), labels(data));
        assertThat(fitted.summary().status()).isEqualTo(Status.MAX_ITERATIONS);
        assertThat(fitted.summary().objectiveAfter())
                .isGreaterThan(fit(data).summary().objectiveAfter())
                .isLessThanOrEqualTo(fitted.summary().objectiveBefore());
    }

    @Test
    void differencesBeyondTheRangeAreRefused() {
        NDArray beyond = array(new double[][] {{1e308, -1e308}, {0, 1}});
        assertThatThrownBy(() -> fit(beyond, manager.create(new long[] {0, 1})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the differences of the logits exceed the range of float64");
    }
}
