package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.FitSummary.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

    @TempDir Path directory;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray logits(DataSets data) {
        double[] flat = Arrays.stream(data.logits()).flatMapToDouble(Arrays::stream).toArray();
        return manager.create(flat, new Shape(data.labels().length, data.logits()[0].length));
    }

    private Calibrator best(DataSets data) {
        return Calibrators.best(logits(data), manager.create(data.labels()));
    }

    @Test
    void takesTheTemperatureWhereThatIsAllThatIsWrong() {
        Calibrator best = best(DataSets.random(1, 1500, 4));
        assertThat(best).isInstanceOf(TemperatureScaling.class);
        assertThat(best.summary().reasons()).hasSize(2);
        assertThat(best.summary().reasons().get(0))
                .startsWith(
                        "negative log-likelihood in 5-fold cross-validation on 1500 samples of 4"
                                + " classes: temperature scaling ")
                .contains(
                        ", ensemble temperature scaling ",
                        ", structured vector scaling ",
                        ", structured matrix scaling ",
                        " without calibration");
    }

    @Test
    void takesStructureWhereClassesAreWrong() {
        DataSets data = DataSets.random(2, 1500, 4);
        for (double[] row : data.logits()) {
            row[1] += 2;
            row[2] += 1.5 * row[3];
        }
        Calibrator best = best(data);
        assertThat(best).isInstanceOf(StructuredMatrixScaling.class);
        assertThat(((StructuredMatrixScaling) best).form())
                .isEqualTo(StructuredMatrixScaling.Form.MATRIX);
        assertThat(best.summary().reasons().get(1))
                .startsWith(
                        "structured matrix scaling is best, ahead of structured vector scaling");
        assertThat(best.summary().objectiveAfter()).isLessThan(best.summary().objectiveBefore());
    }

    @Test
    void takesAMixtureWhereSomeLabelsAreDrawnAtRandom() {
        DataSets data = DataSets.random(3, 4000, 4).scaled(0.5);
        for (int i = 0; i < 4000; i += 5) {
            data.labels()[i] = i / 5 % 4;
        }
        assertThat(best(data)).isInstanceOf(EnsembleTemperatureScaling.class);
    }

    @Test
    void takesMethodsForTwoClasses() {
        DataSets data = DataSets.random(4, 1200, 2);
        assertThat(best(data)).isInstanceOf(TemperatureScaling.class);
        for (double[] row : data.logits()) {
            row[1] += 2;
        }
        Calibrator best = best(data);
        assertThat(best).isInstanceOf(LogisticScaling.class);
        assertThat(best.summary().reasons().get(0)).contains("beta calibration");
    }

    @Test
    void comparesTwoMethodsWhereSamplesAreFew() {
        String reason = best(DataSets.random(5, 200, 4)).summary().reasons().get(0);
        assertThat(reason).contains("structured matrix").doesNotContain("ensemble", "vector");
        String ofTwo = best(DataSets.random(5, 200, 2)).summary().reasons().get(0);
        assertThat(ofTwo).contains("logistic").doesNotContain("ensemble", "beta");
    }

    @Test
    void takesTheTemperatureWhereSamplesAreTooFew() {
        Calibrator best = best(DataSets.random(6, 49, 3));
        assertThat(best).isInstanceOf(TemperatureScaling.class);
        assertThat(best.summary().reasons())
                .containsExactly("49 samples are too few for a comparison, which takes 50");
    }

    @Test
    void smoothsWhereNoTemperatureIsBest() {
        DataSets data = DataSets.random(7, 60, 3);
        long[] right =
                Arrays.stream(data.logits()).mapToLong(row -> DataSets.argMax(row)).toArray();
        Calibrator best = best(data.labelled(right));
        assertThat(best).isInstanceOf(StructuredMatrixScaling.class);
        assertThat(best.summary().status()).isEqualTo(Status.TEMPERATURE_TO_ZERO);
        assertThat(best.summary().reasons())
                .containsExactly(
                        "no temperature is best (TEMPERATURE_TO_ZERO), and structured matrix"
                                + " scaling smooths");
        DataSets two = DataSets.random(8, 60, 2);
        long[] wrong =
                Arrays.stream(two.logits()).mapToLong(row -> 1 - DataSets.argMax(row)).toArray();
        assertThat(best(two.labelled(wrong))).isInstanceOf(PlattScaling.class);
    }

    @Test
    void theSeedTellsTheFoldsAndNothingElseDoes() {
        DataSets data = DataSets.random(9, 300, 3);
        NDArray labels = manager.create(data.labels());
        Calibrator first = Calibrators.best(logits(data), labels, 5);
        Calibrator second = Calibrators.best(logits(data), labels, 5);
        Calibrator third = Calibrators.best(logits(data), labels, 6);
        assertThat(second.summary().reasons()).isEqualTo(first.summary().reasons());
        assertThat(third.summary().reasons()).isNotEqualTo(first.summary().reasons());
    }

    @Test
    void isFittedToAllSamples() {
        DataSets data = DataSets.random(10, 300, 3);
        TemperatureScaling best = (TemperatureScaling) best(data);
        TemperatureScaling alone =
                TemperatureScaling.fit(logits(data), manager.create(data.labels()));
        assertThat(best.temperature()).isCloseTo(alone.temperature(), within(1e-9));
        assertThat(alone.summary().reasons()).isEmpty();
    }

    @Test
    void reasonsAreSavedToo() throws IOException {
        Calibrator best = best(DataSets.random(11, 300, 3));
        Path file = directory.resolve("best.candor");
        best.save(file);
        Calibrator loaded = Calibrators.load(file);
        assertThat(loaded.summary().reasons()).isEqualTo(best.summary().reasons());
        assertThat(loaded.summary().seconds()).isEqualTo(best.summary().seconds());
    }

    @Test
    void leavesNoArraysBehind() {
        DataSets data = DataSets.random(12, 120, 3);
        NDArray logits = logits(data);
        NDArray labels = manager.create(data.labels());
        int arrays = manager.getManagedArrays().size();
        Calibrators.best(logits, labels);
        assertThat(manager.getManagedArrays()).hasSize(arrays);
    }

    @Test
    void refusesWhatAnyFitRefuses() {
        DataSets data = DataSets.random(13, 60, 3);
        data.logits()[7][0] = Double.NaN;
        assertThatThrownBy(() -> best(data))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("logits[7] holds NaN or infinity");
        assertThatThrownBy(() -> best(DataSets.random(13, 2, 3).labelled(0, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[1] = 3, expected 0..2");
    }
}
