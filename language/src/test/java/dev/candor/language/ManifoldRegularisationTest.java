package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import dev.candor.internal.LogitBatch;
import dev.candor.losses.OffManifoldLoss;
import dev.candor.losses.OnManifoldLoss;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManifoldRegularisationTest {

    private static final float RADIUS = 1e-2f;
    private static final float ROUNDING = 1e-6f;
    private static final LabelledTexts TEXTS = MadeUpTexts.labelled(8, 1);
    private static final ManifoldRegularisation BOTH =
            ManifoldRegularisation.builder().optOnRadius(RADIUS).optOffRadius(RADIUS).build();

    private static PretrainedEncoder source;

    private NDManager manager;
    private TextClassifier network;
    private NDList data;
    private NDArray labels;
    private ParameterStore store;

    @BeforeAll
    static void create() throws IOException {
        source = TinyEncoder.create();
    }

    @AfterAll
    static void closeSource() {
        source.close();
    }

    @BeforeEach
    void copy() {
        manager = NDManager.newBaseManager();
        network = TextClassifier.of(source.encoder().copy(manager, 0.5), 3);
        network.initialize(manager, DataType.FLOAT32, new Shape(1, 1), new Shape(1, 1));
        data = PaddedTexts.of(manager, source.tokenizer().encode(TEXTS.texts()).ids());
        labels = manager.create(TEXTS.labels().stream().mapToLong(Integer::longValue).toArray());
        store = new ParameterStore(manager, false);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray embedded() {
        return network.embed(store, data).stopGradient();
    }

    private NDArray represent(NDArray embedded) {
        return network.represent(store, new NDList(embedded, data.get(1)), false).stopGradient();
    }

    private float crossEntropy(NDArray embedded) {
        NDArray logits = network.forward(store, new NDList(embedded, data.get(1)), false).head();
        LogitBatch batch = LogitBatch.of(labels, logits.stopGradient(), null, false);
        return batch.mean(batch.crossEntropy()).getFloat();
    }

    @Test
    void staysInTheBall() {
        ManifoldRegularisation.Perturbed moved = BOTH.perturb(network, manager, data, labels);
        for (NDArray array : new NDArray[] {moved.between(), moved.away()}) {
            NDArray step = array.sub(embedded()).abs();
            assertThat(step.max().getFloat()).isBetween(RADIUS / 2, RADIUS + ROUNDING);
            assertThat(array.hasGradient()).isFalse();
        }
    }

    @Test
    void movesTowardsThePartner() {
        NDArray partner = represent(embedded()).flip(0);
        NDArray moved = BOTH.perturb(network, manager, data, labels).between();
        float before = ManifoldRegularisation.distance(represent(embedded()), partner).getFloat();
        float after = ManifoldRegularisation.distance(represent(moved), partner).getFloat();
        assertThat(after).isLessThan(before).isPositive();
    }

    @Test
    void movesAwayFromWhatTheNetworkKnows() {
        NDArray moved = BOTH.perturb(network, manager, data, labels).away();
        assertThat(crossEntropy(moved)).isGreaterThan(crossEntropy(embedded()));
    }

    @Test
    void leavesNoGradientBehind() {
        BOTH.perturb(network, manager, data, labels);
        network.getParameters()
                .forEach(
                        pair -> {
                            NDArray array = pair.getValue().getArray();
                            assertThat(array.hasGradient()).isTrue();
                            NDArray gradient = array.getGradient();
                            assertThat(gradient == null || gradient.abs().sum().getFloat() == 0)
                                    .as(pair.getKey())
                                    .isTrue();
                        });
    }

    @Test
    void movesTheVectorsThemselvesWhereTheHeadIsAlone() {
        float[][] vectors = source.vectors(TEXTS.texts(), null);
        NDList pooled = new NDList(manager.create(vectors));
        ManifoldRegularisation.Perturbed moved = BOTH.perturb(network, manager, pooled, labels);
        for (NDArray array : new NDArray[] {moved.between(), moved.away()}) {
            assertThat(array.getShape()).isEqualTo(pooled.head().getShape());
            assertThat(array.sub(pooled.head()).abs().max().getFloat())
                    .isBetween(RADIUS / 2, RADIUS + ROUNDING);
        }
    }

    @Test
    void addsTheTwoLossesWithTheirWeights() {
        ManifoldRegularisation weighted =
                ManifoldRegularisation.builder().optOnWeight(0.5).optOffWeight(2).build();
        ManifoldRegularisation.Perturbed moved = weighted.perturb(network, manager, data, labels);
        NDArray total =
                moved.addTo(
                        manager.full(new Shape(), 7f),
                        inputs -> network.forward(store, inputs, false),
                        new NDList(labels));
        float on = value(OnManifoldLoss.of(), moved.between());
        float off = value(OffManifoldLoss.of(), moved.away());
        assertThat(total.getFloat()).isCloseTo(7 + on / 2 + 2 * off, within(1e-4f));
    }

    private float value(Loss loss, NDArray embedded) {
        NDList logits = network.forward(store, new NDList(embedded, data.get(1)), false);
        return loss.evaluate(new NDList(labels), logits).getFloat();
    }

    @Test
    void leavesOutWhatHasNoWeight() {
        ManifoldRegularisation on = ManifoldRegularisation.builder().optOffWeight(0).build();
        assertThat(on.perturb(network, manager, data, labels).away()).isNull();
        ManifoldRegularisation off = ManifoldRegularisation.builder().optOnWeight(0).build();
        assertThat(off.perturb(network, manager, data, labels).between()).isNull();
    }

    /** 1 - cos of rows at right angles, alike, and at 60 degrees: 1, 0 and 0.5. */
    @Test
    void measuresTheMeanCosineDistance() {
        NDArray left = manager.create(new float[][] {{1, 0}, {2, 2}, {1, 0}});
        NDArray right =
                manager.create(new float[][] {{0, 3}, {1, 1}, {0.5f, (float) Math.sqrt(0.75)}});
        assertThat(ManifoldRegularisation.distance(left, right).getFloat())
                .isCloseTo(0.5f, within(ROUNDING));
        NDArray zeros = manager.zeros(new Shape(1, 2));
        assertThat(ManifoldRegularisation.distance(zeros, zeros).getFloat()).isEqualTo(1);
    }

    @Test
    void refusesOptionsOutOfRange() {
        assertThatThrownBy(() -> ManifoldRegularisation.builder().optOnRadius(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("onRadius = 0.0, expected a finite value > 0");
        assertThatThrownBy(() -> ManifoldRegularisation.builder().optOffWeight(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("offWeight = -1.0, expected a finite value >= 0");
    }
}
