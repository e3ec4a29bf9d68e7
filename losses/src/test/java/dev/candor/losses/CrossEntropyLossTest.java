package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CrossEntropyLossTest extends LossContract {

    private static final GoldenLosses.Batch A = GoldenLosses.INSTANCE.batches().get("A");

    @Override
    Map<String, Loss> goldens() {
        return Map.of("CE", CrossEntropyLoss.of());
    }

    @Override
    Loss loss() {
        return CrossEntropyLoss.of();
    }

    @Override
    boolean takesDistributions() {
        return true;
    }

    /** Golden values of mixup computed with torch 2.13 in float64, the logits taken as given. */
    @Test
    void mixedLabelsGiveTheMixedLoss() {
        LossProbe onA = mixed(loss(), "A", 0.3, 2, 3, 1, 0);
        assertThat(onA.value()).isCloseTo(0.8876553400, within(FLOAT64_TOLERANCE));
        assertThat(onA.gradient())
                .containsExactly(
                        new double[] {
                            -0.0536007414, 0.0438225980, 0.0097781433,
                            0.0478416820, -0.1062756444, 0.0584339624,
                            -0.0542337524, -0.1331819126, 0.1874156650,
                            -0.0542350053, 0.0342726860, 0.0199623194
                        },
                        within(FLOAT64_TOLERANCE));
        assertThat(mixed(loss(), "B", 0.6, 1, 2, 0).value())
                .isCloseTo(1.0408044173, within(FLOAT64_TOLERANCE));
        assertThat(mixed(loss(), "C", 0.85, 5, 4, 3, 2, 1, 0).value())
                .isCloseTo(0.9856062749, within(FLOAT64_TOLERANCE));
    }

    private static LossProbe mixed(Loss loss, String name, double lambda, int... partners) {
        GoldenLosses.Batch batch = GoldenLosses.INSTANCE.batches().get(name);
        int classes = batch.logits()[0].length;
        Shape shape = new Shape(partners.length, classes);
        double[] targets = new double[partners.length * classes];
        for (int i = 0; i < partners.length; i++) {
            targets[classes * i + (int) batch.labels()[i]] += lambda;
            targets[classes * i + (int) batch.labels()[partners[i]]] += 1 - lambda;
        }
        return LossProbe.of(
                loss,
                LossProbe.flat(batch.logits()),
                shape,
                DataType.FLOAT64,
                manager -> manager.create(targets, shape));
    }

    /** Golden values computed with torch 2.13 in float64. */
    @Test
    void classWeightsGiveTheWeightedMean() {
        Loss weighted = CrossEntropyLoss.builder().optClassWeights(0.5f, 2, 3).build();
        LossProbe probe = LossProbe.of(weighted, A.logits(), A.labels());
        assertThat(probe.value()).isCloseTo(0.8254155670, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            -0.0214402965, 0.0175290392, 0.0039112573,
                            0.0765466912, -0.1700410310, 0.0934943398,
                            -0.0916935010, 0.0167272349, 0.0749662660,
                            0.1932239915, -0.2251637024, 0.0319397110
                        },
                        within(FLOAT64_TOLERANCE));
    }

    /** Golden values computed with torch 2.13 in float64. */
    @Test
    void anExtraLogitIsAClassThatNoLabelNames() {
        Loss extra = CrossEntropyLoss.builder().optExtraLogit(0.5).build();
        LossProbe probe = LossProbe.of(extra, A.logits(), A.labels());
        assertThat(probe.value()).isCloseTo(1.2226080130, within(FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(
                        new double[] {
                            -0.0828929940, 0.0372866130, 0.0083197679,
                            0.0372168164, -0.1381945046, 0.0454567222,
                            -0.2330589425, 0.0341151005, 0.1528932731,
                            0.1025424058, -0.1572157943, 0.0169501457
                        },
                        within(FLOAT64_TOLERANCE));
    }

    @Test
    void anExtraLogitStaysFiniteOnSaturatedLogits() {
        Loss extra = CrossEntropyLoss.builder().optExtraLogit(-3).build();
        for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
            double[][] logits = {{1000, -1000, 0}, {-1000, -1000, -1000}};
            assertThat(LossProbe.of(extra, logits, new long[] {1, 2}, type).isFinite()).isTrue();
        }
    }

    @Test
    void labelsCarryNoGradient() {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray labels = manager.create(new double[] {0.3, 0.7}, new Shape(1, 2));
            labels.setRequiresGradient(true);
            NDArray logits = manager.create(new double[] {1, 2}, new Shape(1, 2));
            logits.setRequiresGradient(true);
            collector.backward(loss().evaluate(new NDList(labels), new NDList(logits)));
            assertThat(labels.getGradient().toType(DataType.FLOAT64, false).toDoubleArray())
                    .containsOnly(0);
        }
    }

    @Test
    void classWeightsWeighTheTermsOfMixedLabels() {
        double[] weights = {1, 3, 0.5};
        double lambda = 0.3;
        int[] partners = {2, 3, 1, 0};
        Loss weighted = CrossEntropyLoss.builder().optClassWeights(1, 3, 0.5f).build();
        double total = 0;
        double mass = 0;
        for (int i = 0; i < 4; i++) {
            double[][] row = {A.logits()[i]};
            int own = (int) A.labels()[i];
            int other = (int) A.labels()[partners[i]];
            total +=
                    lambda * weights[own] * LossProbe.of(loss(), row, new long[] {own}).value()
                            + (1 - lambda)
                                    * weights[other]
                                    * LossProbe.of(loss(), row, new long[] {other}).value();
            mass += lambda * weights[own] + (1 - lambda) * weights[other];
        }
        assertThat(mixed(weighted, "A", lambda, partners).value())
                .isCloseTo(total / mass, within(FLOAT64_TOLERANCE));
    }

    @Test
    void anExtraLogitTakesItsShareOfTheSoftmax() {
        Loss extra = CrossEntropyLoss.builder().optExtraLogit(0).build();
        double[][] logits = {{1, 2, 0}};
        double[] shares = {0.2245152357, 0.6102956854, 0.0825945394};
        for (int k = 0; k < 3; k++) {
            assertThat(LossProbe.of(extra, logits, new long[] {k}).value())
                    .isCloseTo(-Math.log(shares[k]), within(FLOAT64_TOLERANCE));
        }
    }

    @Test
    void anExtraLogitWeighsOnMixedLabelsToo() {
        CrossEntropyLoss.Builder extra = CrossEntropyLoss.builder().optExtraLogit(0.5);
        double plain = mixed(extra.build(), "A", 0.3, 2, 3, 1, 0).value();
        double weighted =
                mixed(extra.optClassWeights(2, 2, 2).build(), "A", 0.3, 2, 3, 1, 0).value();
        assertThat(plain).isGreaterThan(0.8876553400 + 0.1);
        assertThat(weighted).isCloseTo(plain, within(FLOAT64_TOLERANCE));
    }
}
