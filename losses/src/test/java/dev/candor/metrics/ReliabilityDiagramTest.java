package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReliabilityDiagramTest {

    private static final double TOLERANCE = 1e-12;

    private static Forecasts random(int size) {
        return RandomForecasts.calibrated(size, size);
    }

    @Test
    void countsTheRowsOfEachBin() {
        ReliabilityDiagram diagram = ReliabilityDiagram.of(PostHocData.B.topLabel());
        assertThat(diagram.bins()).isEqualTo(15);
        assertThat(diagram.counts())
                .containsExactly(0, 0, 0, 0, 0, 1, 2, 15, 17, 11, 14, 14, 21, 32, 73);
        assertThat(diagram.histogram()).isEqualTo(diagram.counts());
        assertThat(diagram.size()).isEqualTo(200);
        assertThat(diagram.overallAccuracy()).isEqualTo(0.7);
        assertThat(diagram.edges()[5]).isEqualTo(1.0 / 3);
    }

    @Test
    void meansOfEachBinAreThoseOfItsRows() {
        ReliabilityDiagram diagram =
                ReliabilityDiagram.of(
                        Forecasts.of(
                                new double[] {.1, .3, .9, .7},
                                new boolean[] {false, true, true, true}),
                        2);
        assertThat(diagram.accuracy()).containsExactly(.5, 1);
        assertThat(diagram.confidence()).containsExactly(new double[] {.2, .8}, within(TOLERANCE));
        assertThat(diagram.overallConfidence()).isCloseTo(.5, within(TOLERANCE));
    }

    @Test
    void emptyBinsHaveNoMeans() {
        ReliabilityDiagram diagram =
                ReliabilityDiagram.of(Forecasts.of(new double[] {.9}, new boolean[] {true}), 2);
        assertThat(diagram.counts()).containsExactly(0, 1);
        assertThat(diagram.accuracy()).containsExactly(Double.NaN, 1);
        assertThat(diagram.confidence()).containsExactly(Double.NaN, .9);
    }

    @Test
    void everyEdgeBelongsToTheSideOfTheConvention() {
        for (int bins : new int[] {1, 2, 5, 10, 15, 20}) {
            for (int edge = 0; edge <= bins; edge++) {
                double forecast = (double) edge / bins;
                assertThat(ReliabilityDiagram.bin(forecast, bins, BinEdge.RIGHT_CLOSED))
                        .as("%d/%d", edge, bins)
                        .isEqualTo(Math.max(0, edge - 1));
                assertThat(ReliabilityDiagram.bin(forecast, bins, BinEdge.LEFT_CLOSED))
                        .as("%d/%d", edge, bins)
                        .isEqualTo(Math.min(bins - 1, edge));
            }
        }
    }

    @Test
    void equalMassSplitsTheSortedRows() {
        ReliabilityDiagram diagram =
                ReliabilityDiagram.builder()
                        .setForecasts(
                                Forecasts.of(
                                        new double[] {.9, .1, .5, .3, .7},
                                        new boolean[] {true, false, true, false, false}))
                        .optBins(2)
                        .optBinning(Binning.EQUAL_MASS)
                        .build();
        assertThat(diagram.counts()).containsExactly(3, 2);
        assertThat(diagram.histogram()).containsExactly(3, 2);
        assertThat(diagram.edges()).containsExactly(new double[] {0, .6, 1}, within(TOLERANCE));
        assertThat(diagram.accuracy())
                .containsExactly(new double[] {1.0 / 3, .5}, within(TOLERANCE));
        assertThat(diagram.confidence()).containsExactly(new double[] {.3, .8}, within(TOLERANCE));
    }

    @Test
    void equalMassWithMoreBinsThanRowsLeavesSomeEmpty() {
        ReliabilityDiagram diagram =
                ReliabilityDiagram.builder()
                        .setForecasts(random(4))
                        .optBins(7)
                        .optBinning(Binning.EQUAL_MASS)
                        .build();
        assertThat(diagram.counts()).containsExactly(1, 1, 1, 1, 0, 0, 0);
    }

    @Test
    void mergedHalvesEqualTheWhole() {
        Forecasts whole = random(200_001);
        int half = 70_000;
        ReliabilityDiagram merged =
                ReliabilityDiagram.of(slice(whole, 0, half))
                        .merge(ReliabilityDiagram.of(slice(whole, half, whole.size())));
        ReliabilityDiagram direct = ReliabilityDiagram.of(whole);
        assertThat(merged.counts()).isEqualTo(direct.counts());
        assertThat(ExpectedCalibrationError.of().measure(merged))
                .isCloseTo(ExpectedCalibrationError.of().measure(whole), within(TOLERANCE));
        assertThat(merged.accuracy()).isEqualTo(direct.accuracy());
        assertThat(merged.confidence()).containsExactly(direct.confidence(), within(TOLERANCE));
    }

    private static Forecasts slice(Forecasts forecasts, int from, int to) {
        return Forecasts.of(
                Arrays.copyOfRange(forecasts.probabilities(), from, to),
                Arrays.copyOfRange(forecasts.outcomes(), from, to));
    }

    @Test
    void theOrderOfRowsDoesNotMatter() {
        Forecasts forecasts = random(1000);
        double[] backwards = new double[1000];
        boolean[] outcomes = new boolean[1000];
        for (int row = 0; row < 1000; row++) {
            backwards[row] = forecasts.probability(999 - row);
            outcomes[row] = forecasts.outcome(999 - row);
        }
        Forecasts reversed = Forecasts.of(backwards, outcomes);
        for (Binning binning : Binning.values()) {
            ReliabilityDiagram.Builder builder = ReliabilityDiagram.builder().optBinning(binning);
            ReliabilityDiagram expected = builder.setForecasts(forecasts).build();
            ReliabilityDiagram actual = builder.setForecasts(reversed).build();
            assertThat(actual.counts()).isEqualTo(expected.counts());
            assertThat(actual.confidence())
                    .containsExactly(expected.confidence(), within(TOLERANCE));
        }
    }

    @Test
    void refusesToMergeBinsThatDiffer() {
        ReliabilityDiagram ten = ReliabilityDiagram.of(random(5), 10);
        assertThatThrownBy(() -> ten.merge(ReliabilityDiagram.of(random(5), 15)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("10 bins RIGHT_CLOSED and 15 bins RIGHT_CLOSED, expected the same");
        ReliabilityDiagram equalMass =
                ReliabilityDiagram.builder()
                        .setForecasts(random(5))
                        .optBinning(Binning.EQUAL_MASS)
                        .build();
        assertThatThrownBy(() -> ten.merge(equalMass))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected both of equal width");
    }

    @Test
    void cannotBeChangedThroughWhatItReturns() {
        ReliabilityDiagram diagram = ReliabilityDiagram.of(random(50));
        diagram.counts()[3] = 99;
        diagram.edges()[3] = 99;
        assertThat(diagram.size()).isEqualTo(50);
        assertThat(diagram.edges()[3]).isEqualTo(0.2);
    }

    @Test
    void refusesForecastsThatAreNone() {
        assertThatThrownBy(() -> Forecasts.of(new double[0], new boolean[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no forecasts, expected at least one");
        assertThatThrownBy(() -> Forecasts.of(new double[] {.5}, new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 probabilities and 2 outcomes, expected as many");
        for (double value : new double[] {-.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> Forecasts.of(new double[] {.5, value}, new boolean[2]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("probabilities[1] = " + value + ", expected 0..1");
        }
    }

    @Test
    void printsTheBinsThatHoldRows() {
        assertThat(ReliabilityDiagram.of(PostHocData.B.topLabel()).toString())
                .startsWith("200 rows, accuracy 0.7000, confidence 0.81")
                .hasLineCount(12)
                .contains("  0.3333.. 0.4000         1    0.0000");
    }
}
