package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Golden values computed with torch 2.13 in float64. */
class DistanceLogitsTest {

    private static final double TOLERANCE = LossContract.FLOAT64_TOLERANCE;

    private static final Case FIRST =
            new Case(
                    new double[][] {{1, 2}, {0, -1}},
                    new double[][] {{1, 1}, {0, 0}, {-1, 2}},
                    new long[] {0, 1},
                    -1,
                    -2.2360679775,
                    -2,
                    -2.2360679775,
                    -1,
                    -3.1622776602);
    private static final Case SECOND =
            new Case(
                    new double[][] {{0.5, -0.5, 1}, {2, 0, -1}, {0, 1, 1}},
                    new double[][] {{1, 0, 0}, {0, 1, 0}},
                    new long[] {0, 0, 1},
                    -1.2247448714,
                    -1.8708286934,
                    -1.4142135624,
                    -2.4494897428,
                    -1.7320508076,
                    -1);
    private static final Case THIRD =
            new Case(
                    new double[][] {{3, 1}},
                    new double[][] {{2, 2}, {-1, 0}, {0, 3}, {4, 1}},
                    new long[] {3},
                    -1.4142135624,
                    -4.1231056256,
                    -3.6055512755,
                    -1);

    private static final Loss DISTINCTION = DistinctionMaximizationLoss.of();
    private static final Loss ONE_VS_ALL = OneVsAllDistanceLoss.of();

    @Test
    void logitsAreNegativeDistances() {
        for (Case given : new Case[] {FIRST, SECOND, THIRD}) {
            assertThat(given.logits()).containsExactly(given.expected, within(TOLERANCE));
        }
    }

    @Test
    void distinctionMaximizationReproducesItsGoldenValues() {
        assertThat(FIRST.loss(DISTINCTION)).isCloseTo(0.4231553061, within(TOLERANCE));
        assertThat(FIRST.loss(DistinctionMaximizationLoss.of(10)))
                .isCloseTo(0.0000269833, within(TOLERANCE));
        assertThat(SECOND.loss(DISTINCTION)).isCloseTo(0.3726536880, within(TOLERANCE));
        assertThat(SECOND.loss(DistinctionMaximizationLoss.of(5)))
                .isCloseTo(0.0232707822, within(TOLERANCE));
        assertThat(THIRD.loss(DISTINCTION)).isCloseTo(0.5759066283, within(TOLERANCE));
        assertThat(FIRST.gradient(DISTINCTION))
                .containsExactly(
                        new double[] {-0.1500858473, 0.1201610002, 0.0332744919, -0.0130109726},
                        within(TOLERANCE));
    }

    @Test
    void oneVsAllReproducesItsGoldenValues() {
        assertThat(FIRST.loss(ONE_VS_ALL)).isCloseTo(1.0132151483, within(TOLERANCE));
        assertThat(SECOND.loss(ONE_VS_ALL)).isCloseTo(1.0630608367, within(TOLERANCE));
        assertThat(THIRD.loss(ONE_VS_ALL)).isCloseTo(1.2030318943, within(TOLERANCE));
        assertThat(FIRST.gradient(ONE_VS_ALL))
                .containsExactly(
                        new double[] {-0.1862098355, 0.2688301831, 0.0349398515, -0.2286010784},
                        within(TOLERANCE));
    }

    @Test
    void theGradientWithRespectToTheCentresEqualsCentralDifferences() {
        double step = LossContract.DIFFERENCE_STEP;
        double[] gradient = FIRST.gradientOfCentres(ONE_VS_ALL);
        for (int i = 0; i < gradient.length; i++) {
            double above = FIRST.withCentre(i, step).loss(ONE_VS_ALL);
            double below = FIRST.withCentre(i, -step).loss(ONE_VS_ALL);
            assertThat(gradient[i])
                    .isCloseTo(
                            (above - below) / (2 * step),
                            within(LossContract.DIFFERENCE_TOLERANCE));
        }
    }

    @Test
    void staysFiniteOnACentre() {
        Case onCentre =
                new Case(new double[][] {{1, 1}}, new double[][] {{1, 1}, {1, 1}}, new long[] {0});
        assertThat(onCentre.logits()).containsExactly(new double[] {-1e-6, -1e-6}, within(1e-12));
        for (Loss loss : new Loss[] {DISTINCTION, ONE_VS_ALL}) {
            assertThat(onCentre.loss(loss)).isFinite();
            assertThat(onCentre.gradient(loss)).containsOnly(0);
            assertThat(onCentre.gradientOfCentres(loss)).containsOnly(0);
        }
    }

    @Test
    void aCommonOffsetDoesNotCostPrecision() {
        double offset = 1e4;
        Case far =
                new Case(moved(FIRST.features, offset), moved(FIRST.centres, offset), FIRST.labels);
        assertThat(far.logits()).containsExactly(FIRST.expected, within(TOLERANCE));
    }

    private static double[][] moved(double[][] rows, double offset) {
        return Arrays.stream(rows)
                .map(row -> Arrays.stream(row).map(value -> value + offset).toArray())
                .toArray(double[][]::new);
    }

    @Test
    void takesTokens() {
        try (NDManager manager = NDManager.newBaseManager()) {
            DistanceLogits block = DistanceLogits.of(5);
            block.initialize(manager, DataType.FLOAT32, new Shape(2, 3, 4));
            NDArray tokens = manager.randomNormal(new Shape(2, 3, 4));
            ParameterStore store = new ParameterStore(manager, false);
            NDArray logits = block.forward(store, new NDList(tokens), false).singletonOrThrow();
            assertThat(logits.getShape()).isEqualTo(new Shape(2, 3, 5));
            assertThat(block.getOutputShapes(new Shape[] {new Shape(2, 3, 4)}))
                    .containsExactly(new Shape(2, 3, 5));
            NDArray flat = tokens.reshape(6, 4);
            assertThat(logits.toFloatArray())
                    .isEqualTo(
                            block.forward(store, new NDList(flat), false)
                                    .singletonOrThrow()
                                    .toFloatArray());
        }
    }

    @Test
    void keepsItsCentresWhenSavedAndLoaded() throws IOException, MalformedModelException {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block saved = DistanceLogits.of(3);
            saved.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            saved.saveParameters(new DataOutputStream(bytes));
            Block loaded = DistanceLogits.of(3);
            loaded.loadParameters(
                    manager, new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            assertThat(loaded.getParameters().get("centres").getArray())
                    .isEqualTo(saved.getParameters().get("centres").getArray());
        }
    }

    @Test
    void learnsCentresWithATrainer() {
        try (Model model = Model.newInstance("distances")) {
            model.setBlock(DistanceLogits.of(2));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(ONE_VS_ALL)
                            .optOptimizer(
                                    Optimizer.sgd()
                                            .setLearningRateTracker(Tracker.fixed(0.5f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(4, 2));
                NDManager manager = trainer.getManager();
                NDList features =
                        new NDList(
                                manager.create(
                                        new float[] {3, 0, 3, 1, -3, 0, -3, -1}, new Shape(4, 2)));
                NDList labels = new NDList(manager.create(new long[] {0, 0, 1, 1}));
                float before = step(trainer, features, labels);
                float after = before;
                for (int i = 0; i < 50; i++) {
                    after = step(trainer, features, labels);
                }
                assertThat(after).isLessThan(before / 2);
            }
        }
    }

    private static float step(Trainer trainer, NDList features, NDList labels) {
        float value;
        try (GradientCollector collector = trainer.newGradientCollector()) {
            NDArray loss = trainer.getLoss().evaluate(labels, trainer.forward(features));
            collector.backward(loss);
            value = loss.getFloat();
        }
        trainer.step();
        return value;
    }

    @Test
    void refusesFeaturesOfAnotherSize() {
        try (NDManager manager = NDManager.newBaseManager()) {
            DistanceLogits block = DistanceLogits.of(3);
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 4));
            NDList features = new NDList(manager.zeros(new Shape(2, 5)));
            ParameterStore store = new ParameterStore(manager, false);
            assertThatThrownBy(() -> block.forward(store, features, false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("features have shape (2, 5), expected [N, 4] or [N, T, 4]");
        }
    }

    @Test
    void refusesASingleClass() {
        assertThatThrownBy(() -> DistanceLogits.of(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("classes = 1, expected at least 2");
    }

    /** Features, centres and labels, with the logits expected of them. */
    private record Case(
            double[][] features, double[][] centres, long[] labels, double... expected) {

        double[] logits() {
            try (NDManager manager = NDManager.newBaseManager()) {
                return forward(manager, block(manager), array(manager, features)).toDoubleArray();
            }
        }

        double loss(Loss loss) {
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray logits = forward(manager, block(manager), array(manager, features));
                return loss.evaluate(new NDList(manager.create(labels)), new NDList(logits))
                        .getDouble();
            }
        }

        double[] gradient(Loss loss) {
            return gradients(loss)[0];
        }

        double[] gradientOfCentres(Loss loss) {
            return gradients(loss)[1];
        }

        private double[][] gradients(Loss loss) {
            try (NDManager manager = NDManager.newBaseManager();
                    GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                Block block = block(manager);
                NDArray points = block.getParameters().get("centres").getArray();
                points.setRequiresGradient(true);
                NDArray f = array(manager, features);
                f.setRequiresGradient(true);
                NDArray logits = forward(manager, block, f);
                collector.backward(
                        loss.evaluate(new NDList(manager.create(labels)), new NDList(logits)));
                return new double[][] {doubles(f.getGradient()), doubles(points.getGradient())};
            }
        }

        private static double[] doubles(NDArray array) {
            return array.toType(DataType.FLOAT64, false).toDoubleArray();
        }

        Case withCentre(int index, double step) {
            double[][] changed =
                    Arrays.stream(centres).map(double[]::clone).toArray(double[][]::new);
            changed[index / changed[0].length][index % changed[0].length] += step;
            return new Case(features, changed, labels);
        }

        private Block block(NDManager manager) {
            Block block = DistanceLogits.of(centres.length);
            block.initialize(manager, DataType.FLOAT64, new Shape(1, centres[0].length));
            block.getParameters().get("centres").getArray().set(flat(centres));
            return block;
        }

        private static NDArray forward(NDManager manager, Block block, NDArray features) {
            return block.forward(new ParameterStore(manager, false), new NDList(features), false)
                    .singletonOrThrow();
        }

        private static NDArray array(NDManager manager, double[][] rows) {
            return manager.create(LossProbe.flat(rows), new Shape(rows.length, rows[0].length));
        }

        private static java.nio.DoubleBuffer flat(double[][] rows) {
            return java.nio.DoubleBuffer.wrap(LossProbe.flat(rows));
        }
    }
}
