package dev.candor.uncertainty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.metrics.OodAreaUnderRoc;
import dev.candor.metrics.OodScores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OodScoreTest {

    private static final double ROUNDING = 1e-10;

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(2);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    static OodScore[] scoresOfLogits() {
        return new OodScore[] {
            MaxSoftmaxScore.of(), MaxLogitScore.of(), EnergyScore.of(), EntropyScore.of()
        };
    }

    private NDArray logits() {
        return manager.create(new double[] {2, .5, -1, 0, 0, 0, 1000, -1000, 0}, new Shape(3, 3));
    }

    /** Golden values: numpy 2.4.6 in float64. */
    @Test
    void reproduceTheGoldenScoresOfLogits() {
        assertScores(MaxSoftmaxScore.of(), 0.7855970345, 1.0 / 3, 1);
        assertScores(MaxLogitScore.of(), 2, 0, 1000);
        assertScores(EnergyScore.of(), 2.2413112967, Math.log(3), 1000);
        assertScores(EnergyScore.of(2), 3.0559514877, 2 * Math.log(3), 1000);
        assertScores(EntropyScore.of(), -0.6215846047, -Math.log(3), 0);
    }

    private void assertScores(OodScore score, double... expected) {
        assertThat(score.of(logits())).containsExactly(expected, within(1e-9));
    }

    @ParameterizedTest
    @MethodSource("scoresOfLogits")
    void flatLogitsAreLessFamiliarThanPeakedOnes(OodScore score) {
        NDArray flat = manager.randomNormal(new Shape(400, 10));
        NDArray peaked = flat.add(manager.eye(10).tile(new long[] {40, 1}).mul(6));
        double auroc = OodAreaUnderRoc.of().measure(OodScores.of(score.of(peaked), score.of(flat)));
        assertThat(auroc).isGreaterThan(0.95);
    }

    @ParameterizedTest
    @MethodSource("scoresOfLogits")
    void refuseWhatAreNoLogits(OodScore score) {
        assertThatThrownBy(() -> score.of(manager.ones(new Shape(3))))
                .hasMessage("logits have shape (3), expected [N, C] with at least one row");
        assertThatThrownBy(() -> score.of(manager.ones(new Shape(1, 3), DataType.INT32)))
                .hasMessage("logits have type int32, expected a floating-point type");
        NDArray broken = manager.ones(new Shape(3, 2));
        broken.set(new NDIndex("2, 1"), Float.NaN);
        assertThatThrownBy(() -> score.of(broken)).hasMessage("logits[2] holds NaN or infinity");
    }

    @Test
    void manyRowsScoreAsFewDo() {
        NDArray logits = manager.randomNormal(new Shape(30, 7));
        NDArray many = logits.tile(new long[] {20_000, 1});
        double[] expected = EnergyScore.of().of(logits);
        double[] found = EnergyScore.of().of(many);
        assertThat(found).hasSize(600_000);
        for (int row = 0; row < found.length; row++) {
            assertThat(found[row]).isEqualTo(expected[row % 30]);
        }
    }

    @Test
    void theEnergyOfAColdTemperatureIsTheGreatestLogit() {
        assertThat(EnergyScore.of(1e-3).of(logits()))
                .containsExactly(MaxLogitScore.of().of(logits()), within(2e-3));
        assertThatThrownBy(() -> EnergyScore.of(0))
                .hasMessage("temperature = 0.0, expected a finite value > 0");
    }

    @Test
    void mutualInformationComesWithItsSignTurned() {
        NDArray logits = manager.randomNormal(new Shape(4, 6, 3));
        assertThat(MutualInformationScore.of().of(logits))
                .containsExactly(
                        PredictiveDistribution.of(logits).mutualInformation().neg().toDoubleArray(),
                        within(ROUNDING));
        assertThatThrownBy(() -> MutualInformationScore.of().of(logits()))
                .hasMessageContaining("expected [S, N, C]");
    }

    @Test
    void leaveNoArraysBehind() {
        NDArray logits = logits();
        NDArray several = logits.expandDims(0);
        int before = manager.getManagedArrays().size();
        for (OodScore score : scoresOfLogits()) {
            score.of(logits);
        }
        MutualInformationScore.of().of(several);
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    /** Golden value: the sheet of formulas, numpy 2.4.6 in float64. */
    @Test
    void reproducesTheGoldenThrust() {
        ThrustScore thrust =
                ThrustScore.of(new double[][] {{1, 0}, {0, 2}, {-1, -1}}, new int[] {5, 3, 2});
        assertThat(thrust.of(manager.create(new double[] {.5, .5}, new Shape(1, 2))))
                .containsExactly(new double[] {2.97572120941}, within(1e-9));
        assertThat(thrust.of(manager.create(new double[] {1, 0}, new Shape(1, 2)))[0])
                .isFinite()
                .isGreaterThan(1e20);
    }

    @Test
    void findsTheClustersOfEachClass() {
        double[] values = {0, 0, 0, 1, 9, 9, 9, 8, -5, 5, -5, 5};
        NDArray features = manager.create(values, new Shape(6, 2));
        NDArray labels = manager.create(new long[] {0, 0, 0, 0, 1, 1});
        ThrustScore found = ThrustScore.fit(features, labels, 2, 1);
        ThrustScore expected =
                ThrustScore.of(new double[][] {{0, .5}, {9, 8.5}, {-5, 5}}, new int[] {2, 2, 2});
        assertThat(found.clusters()).isEqualTo(3);
        NDArray queries = manager.randomNormal(new Shape(20, 2));
        assertThat(found.of(queries)).containsExactly(expected.of(queries), within(ROUNDING));
        assertThat(ThrustScore.fit(features, labels, 2, 1).of(queries))
                .isEqualTo(found.of(queries));
    }

    /** Golden values: numpy 2.4.6 in float64. */
    @Test
    void reproducesTheGoldenMahalanobisDistance() {
        double[] values = {0, 0, 2, 0, 0, 2, 2, 2, 5, 5, 7, 6, 6, 8};
        NDArray features = manager.create(values, new Shape(7, 2));
        NDArray labels = manager.create(new int[] {0, 0, 0, 0, 2, 2, 2});
        MahalanobisScore score = MahalanobisScore.fit(features, labels, 1e-12);
        NDArray queries = manager.create(new double[] {1, 1, 6, 6, 3, 3, 20, -4}, new Shape(4, 2));
        assertThat(score.of(queries)).containsExactly(MAHALANOBIS, within(1e-6));
    }

    private static final double[] MAHALANOBIS = {
        0.0000000000, -0.0915032680, -6.9542483660, -360.7973856209
    };

    @Test
    void aConstantFeatureDoesNoHarm() {
        NDArray features = manager.randomNormal(new Shape(50, 4));
        features.set(new NDIndex(":, 2"), 3);
        NDArray labels = manager.zeros(new Shape(50), DataType.INT64);
        MahalanobisScore score = MahalanobisScore.fit(features, labels);
        double[] inside = score.of(features);
        double[] outside = score.of(features.add(10));
        assertThat(OodAreaUnderRoc.of().measure(OodScores.of(inside, outside))).isOne();
        assertThat(inside).doesNotContain(Double.NaN);
    }

    @Test
    void distancesRefuseOtherFeatures() {
        NDArray features = manager.randomNormal(new Shape(9, 4));
        NDArray labels = manager.zeros(new Shape(9), DataType.INT64);
        for (OodScore score :
                new OodScore[] {
                    MahalanobisScore.fit(features, labels), ThrustScore.fit(features, labels)
                }) {
            assertThatThrownBy(() -> score.of(manager.ones(new Shape(2, 5))))
                    .hasMessage("features have shape (2, 5), expected [N, 4]");
        }
        assertThatThrownBy(() -> ThrustScore.fit(features, manager.ones(new Shape(8))))
                .hasMessageContaining("labels have shape (8) for features of shape (9, 4)");
        assertThatThrownBy(() -> MahalanobisScore.fit(features, labels.sub(1)))
                .hasMessage("labels[0] = -1.0, expected a class index from 0");
        assertThatThrownBy(() -> MahalanobisScore.fit(features, labels, 0))
                .hasMessage("ridge = 0.0, expected a finite value > 0");
        assertThatThrownBy(() -> ThrustScore.of(new double[][] {{1}}, new int[] {0}))
                .hasMessage("sizes[0] = 0, expected at least 1");
    }
}
