package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What calibrators promise that remove a prior and need no labels. */
abstract class PriorContract {

    static final double GOLDEN_TOLERANCE = 1e-10;
    static final double ROUNDING = 1e-12;
    static final double FLOAT32_TOLERANCE = 1e-6;

    @TempDir Path directory;

    NDManager manager;

    /** The calibrator of these prior probabilities. */
    abstract Calibrator given(double... prior);

    /** The calibrator of logits from which the prior is estimated. */
    abstract Calibrator estimated(NDArray logits);

    /** Its prior probabilities. */
    abstract double[] prior(Calibrator calibrator);

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    NDArray rows(double[]... rows) {
        double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        return manager.create(flat, new Shape(rows.length, rows[0].length));
    }

    double[] probabilities(Calibrator calibrator, double... probabilities) {
        NDArray logits = rows(probabilities).log();
        return calibrator.apply(logits).softmax(1).toDoubleArray();
    }

    @Test
    void thePriorItselfBecomesUniform() {
        double[] prior = {.6, .3, .1};
        assertThat(probabilities(given(prior), prior))
                .containsExactly(new double[] {1 / 3., 1 / 3., 1 / 3.}, within(ROUNDING));
    }

    @Test
    void anEvenPriorChangesNothing() {
        double[] probabilities = {.5, .2, .2, .1};
        assertThat(probabilities(given(.25, .25, .25, .25), probabilities))
                .containsExactly(probabilities, within(ROUNDING));
    }

    @Test
    void aBiasOfThePromptIsOfNoConsequence() {
        double[] question = {1, 2, -1};
        double[] contentFree = {0, .5, 3};
        double[] bias = {.7, -1.3, 2};
        NDArray plain = calibrated(question, contentFree);
        NDArray biased = calibrated(sum(question, bias), sum(contentFree, bias));
        assertThat(biased.toDoubleArray()).containsExactly(plain.toDoubleArray(), within(ROUNDING));
    }

    private NDArray calibrated(double[] question, double[] contentFree) {
        return estimated(rows(contentFree, contentFree)).apply(rows(question)).softmax(1);
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        Arrays.setAll(sum, k -> a[k] + b[k]);
        return sum;
    }

    @Test
    void anImpossibleLabelStaysFinite() {
        Calibrator calibrator = estimated(rows(new double[] {0, -5000}, new double[] {0, -4000}));
        assertThat(prior(calibrator)[1]).isPositive();
        double[] calibrated = calibrator.apply(rows(new double[] {0, -3000})).toDoubleArray();
        assertThat(Arrays.stream(calibrated)).allMatch(Double::isFinite);
    }

    @Test
    void aLoadedCalibratorIsTheSavedOneToTheLastBit() throws IOException {
        Calibrator saved = given(.5, .3, .2);
        Path file = directory.resolve("prior.candor");
        saved.save(file);
        Calibrator loaded = Calibrators.load(file);
        assertThat(loaded).hasToString(saved.toString()).hasSameClassAs(saved);
        assertThat(loaded.classes()).isEqualTo(3);
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            NDArray logits = rows(new double[] {1, -2, .5}).toType(type, false);
            assertThat(loaded.apply(logits).contentEquals(saved.apply(logits))).isTrue();
        }
    }

    @Test
    void followsANetwork() throws Exception {
        Calibrator calibrator = given(.5, .3, .2);
        try (Model model = Model.newInstance("network")) {
            Block network = Linear.builder().setUnits(3).build();
            network.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(2, 4));
            model.setBlock(network);
            NDArray input = manager.randomNormal(new Shape(2, 4));
            ParameterStore store = new ParameterStore(manager, false);
            NDArray logits = network.forward(store, new NDList(input), false).head();
            calibrator.attachTo(model);
            NDArray both = model.getBlock().forward(store, new NDList(input), false).head();
            assertThat(both.toFloatArray())
                    .containsExactly(calibrator.apply(logits).toFloatArray());
        }
    }

    @Test
    void float32AndFloat64Agree() {
        NDArray logits = rows(new double[] {1, -2, .5}, new double[] {.1, .2, 9});
        Calibrator calibrator = given(.5, .3, .2);
        NDArray narrow = calibrator.apply(logits.toType(DataType.FLOAT32, false));
        assertThat(narrow.getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(narrow.softmax(1).toType(DataType.FLOAT64, false).toDoubleArray())
                .containsExactly(
                        calibrator.apply(logits).softmax(1).toDoubleArray(),
                        within(FLOAT32_TOLERANCE));
    }

    @Test
    void refusesWhatIsNoPrior() {
        refuses(() -> given(.9, 0, .1), "prior[1] = 0.0, expected a finite value > 0");
        refuses(() -> given(.9, .3), "the prior sums to 1.2, expected 1");
        refuses(() -> given(1), "1 classes in the prior, expected at least 2");
        refuses(() -> given(.5, Double.NaN), "the prior sums to NaN, expected 1");
    }

    @Test
    void refusesLogitsThatAreNotFinite() {
        refuses(
                () -> estimated(rows(new double[] {0, 1}, new double[] {0, Double.NaN})),
                "logits[1] holds NaN or infinity");
        refuses(
                () ->
                        estimated(
                                rows(
                                        new double[] {Double.POSITIVE_INFINITY, 1},
                                        new double[] {0, 1})),
                "logits[0] holds NaN or infinity");
    }

    static void refuses(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
