package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.RegionTemperatureScaling.Region;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RegionTemperatureScalingTest extends CalibratorContract {

    /** Golden values: scipy 1.17.1 in float64. */
    private static final double GOLDEN_TOLERANCE = 1e-8;

    @Override
    RegionTemperatureScaling fit(NDArray logits, NDArray labels) {
        return RegionTemperatureScaling.fit(logits, labels);
    }

    private RegionTemperatureScaling fit(Region region, double shrinkage, DataSets data) {
        return RegionTemperatureScaling.builder()
                .optRegion(region)
                .optShrinkage(shrinkage)
                .fit(logits(data), labels(data));
    }

    @Override
    Calibrator other() {
        return RegionTemperatureScaling.byConfidence(1, 2, 3, 4, 5);
    }

    @Test
    void reproducesTheGoldenTemperaturesByPredictedClass() {
        RegionTemperatureScaling fitted = fit(Region.PREDICTED_CLASS, 0, DataSets.b());
        assertThat(fitted.summary().status()).isEqualTo(Status.CONVERGED);
        assertThat(fitted.temperatures())
                .containsExactly(
                        new double[] {1.759575711, 3.477507235, 3.270358027, 5.155746624},
                        within(GOLDEN_TOLERANCE));
    }

    @Test
    void eachRegionHasTheTemperatureOfItsSamplesAlone() {
        DataSets data = DataSets.random(71, 500, CLASSES);
        NDArray logits = logits(data);
        NDArray confidence = logits.softmax(1).max(new int[] {1});
        double[] temperatures = fit(Region.CONFIDENCE, 0, data).temperatures();
        for (int r = 1; r < 5; r++) {
            NDIndex members =
                    new NDIndex(
                            "{}", confidence.gt(r / 5.0).logicalAnd(confidence.lte((r + 1) / 5.0)));
            TemperatureScaling alone =
                    TemperatureScaling.fit(logits.get(members), labels(data).get(members));
            assertThat(alone.summary().status()).isEqualTo(Status.CONVERGED);
            assertThat(temperatures[r]).isCloseTo(alone.temperature(), within(GOLDEN_TOLERANCE));
        }
        assertThat(temperatures[0])
                .as("no confidence is below chance")
                .isEqualTo(TemperatureScaling.fit(logits, labels(data)).temperature());
    }

    @ParameterizedTest
    @EnumSource(Region.class)
    void shrinkageLeadsFromOwnTemperaturesToTheCommonOne(Region region) {
        DataSets data = DataSets.b();
        double common = TemperatureScaling.fit(logits(data), labels(data)).temperature();
        double[] own = fit(region, 0, data).temperatures();
        double[] drawn = fit(region, 35, data).temperatures();
        double[] all = fit(region, 1e15, data).temperatures();
        for (int r = 0; r < own.length; r++) {
            assertThat(drawn[r])
                    .isBetween(Math.min(own[r], common) - 1e-9, Math.max(own[r], common) + 1e-9);
            assertThat(all[r]).isCloseTo(common, within(1e-9));
        }
        if (region == Region.PREDICTED_CLASS) {
            assertThat(drawn[0])
                    .as("35 samples at their own temperature and 35 at the common one")
                    .isCloseTo(Math.sqrt(own[0] * common), within(GOLDEN_TOLERANCE));
        }
    }

    @Test
    void aRegionWithoutAFiniteOptimumHasTheCommonTemperature() {
        double[][] rows = {{9, 0}, {8, 0}, {1, 0}, {0, 1}, {0.5, 0}, {0, 0.7}, {0, 0.5}};
        NDArray logits = array(rows);
        NDArray labels = manager.create(new long[] {0, 0, 0, 1, 1, 1, 0});
        RegionTemperatureScaling fitted =
                RegionTemperatureScaling.builder()
                        .optConfidenceRegions(2)
                        .optShrinkage(0)
                        .fit(logits, labels);
        RegionTemperatureScaling split =
                RegionTemperatureScaling.builder()
                        .optConfidenceRegions(4)
                        .optShrinkage(0)
                        .fit(logits, labels);
        double common = TemperatureScaling.fit(logits, labels).temperature();
        assertThat(fitted.temperatures()[1]).isCloseTo(common, within(GOLDEN_TOLERANCE));
        assertThat(split.temperatures()[3]).isEqualTo(common);
        assertThat(split.temperatures()[2]).isNotCloseTo(common, within(GOLDEN_TOLERANCE));
    }

    @ParameterizedTest
    @EnumSource(Region.class)
    void isNeverWorseThanTemperatureScaling(Region region) {
        for (long seed = 72; seed < 80; seed++) {
            DataSets data = DataSets.random(seed, 60, 4);
            double common =
                    TemperatureScaling.fit(logits(data), labels(data)).summary().objectiveAfter();
            for (double shrinkage : new double[] {0, 10, 1000}) {
                RegionTemperatureScaling fitted = fit(region, shrinkage, data);
                assertThat(fitted.summary().objectiveAfter()).isLessThanOrEqualTo(common);
                assertThat(fitted.summary().objectiveAfter())
                        .isCloseTo(
                                data.likelihood(values(fitted.apply(logits(data)).logSoftmax(1))),
                                within(ROUNDING));
            }
        }
    }

    @Test
    void samplesOfWeightZeroDoNotCount() {
        DataSets data = DataSets.random(81, 300, CLASSES);
        NDIndex head = new NDIndex(":200");
        NDArray weights = manager.zeros(new Shape(300));
        weights.set(head, 0.5);
        RegionTemperatureScaling weighted =
                RegionTemperatureScaling.builder().fit(logits(data), labels(data), weights);
        RegionTemperatureScaling some = fit(logits(data).get(head), labels(data).get(head));
        assertThat(weighted.temperatures())
                .containsExactly(some.temperatures(), within(GOLDEN_TOLERANCE));
    }

    @Test
    void confidencesOnAnEdgeBelongToTheRegionBelow() {
        RegionTemperatureScaling given = RegionTemperatureScaling.byConfidence(10, 2);
        NDArray half = array(new double[][] {{3, 3}, {20, 10}});
        assertThat(values(given.apply(half))).containsExactly(0.3, 0.3, 10, 5);
    }

    @Test
    void classesAreLookedUpInAnyShape() throws IOException {
        RegionTemperatureScaling given = RegionTemperatureScaling.byPredictedClass(1, 2, 4);
        assertThat(given.classes()).isEqualTo(3);
        assertThat(given.region()).isEqualTo(Region.PREDICTED_CLASS);
        given.save(directory.resolve("given.candor"));
        Calibrator loaded = Calibrators.load(directory.resolve("given.candor"));
        NDArray rows = array(new double[][] {{8, 0, 4}, {0, 8, 4}, {4, 0, 8}, {8, 8, 0}});
        double[] expected = {8, 0, 4, 0, 4, 2, 1, 0, 2, 8, 8, 0};
        assertThat(values(loaded.apply(rows))).containsExactly(expected);
        assertThat(values(loaded.apply(rows.reshape(2, 2, 3)))).containsExactly(expected);
        assertThat(loaded.apply(rows.reshape(2, 2, 3)).getShape()).isEqualTo(new Shape(2, 2, 3));
        assertThat(values(loaded.apply(rows.get(1)))).containsExactly(0, 4, 2);
    }

    @Test
    void refusesParametersOutOfRange() {
        assertThatThrownBy(() -> RegionTemperatureScaling.byConfidence(1, -2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("temperatures[1] = -2.0, expected a finite value > 0");
        assertThatThrownBy(RegionTemperatureScaling::byConfidence)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("number of temperatures = 0, expected at least 1");
        assertThatThrownBy(() -> RegionTemperatureScaling.byPredictedClass(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("number of temperatures = 1, expected at least 2");
        RegionTemperatureScaling.Builder builder = RegionTemperatureScaling.builder();
        assertThatThrownBy(() -> builder.optConfidenceRegions(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("confidenceRegions = 0, expected at least 1");
        assertThatThrownBy(() -> builder.optShrinkage(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shrinkage = -1.0, expected a finite value >= 0");
    }
}
