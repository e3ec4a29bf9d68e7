package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.candor.calibrators.IntraOrderPreserving.Form;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Golden values: torch 2.13 in float64, as the authors' code computes. */
class IntraOrderPreservingTest {

    private static final double GOLDEN_TOLERANCE = 1e-9;

    /** Of an integral by cells in which a bend of the network may lie. */
    private static final double INTEGRAL_TOLERANCE = 1e-5;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** One layer, {@code W_ij = 0.1 (i - j) + 0.05 i j}; the least logit has no gap. */
    private NDList oneLayer() {
        double[] bias = {-.2, .3, .4};
        double[] weights =
                IntStream.range(4, 16)
                        .mapToDouble(n -> .1 * (n / 4 - n % 4) + .05 * (n / 4) * (n % 4))
                        .toArray();
        return new NDList(manager.create(weights, new Shape(3, 4)), manager.create(bias));
    }

    private void assertMap(Form form, double... expected) {
        NDArray logits = manager.create(new double[] {2, -1, .5, 3, 0, 0, 1, -2}, new Shape(2, 4));
        Network network = IntraOrderPreserving.network(form, 4, new int[0]);
        assertThat(network.map(logits, null, oneLayer()).toDoubleArray())
                .containsExactly(expected, within(GOLDEN_TOLERANCE));
    }

    @Test
    void reproducesTheGoldenMapThatKeepsOrder() {
        assertMap(
                Form.OP,
                3.0921320051,
                0,
                .8972083041,
                5.3972153248,
                1.2887933201,
                1.2887933201,
                1.9331899802,
                0);
    }

    @Test
    void reproducesTheGoldenMapThatDoesNotSeeOrder() {
        assertMap(
                Form.OI,
                3.4338328308,
                0,
                1.2389091298,
                5.3440569813,
                1.3862943611,
                1.3862943611,
                1.9844332305,
                0);
    }

    @Test
    void reproducesTheGoldenDiagonalMap() {
        NDList arrays =
                new NDList(
                        manager.create(new double[] {.5, .8}, new Shape(2, 1)),
                        manager.create(new double[] {.1, -.2}),
                        manager.create(new double[] {.6, -.4}, new Shape(1, 2)),
                        manager.create(new double[] {.05}));
        NDArray logits = manager.create(new double[] {-1.5, -.5, 0, .7, 2}, new Shape(1, 5));
        Network network = IntraOrderPreserving.network(Form.DIAG, 5, new int[] {2});
        double offset = .24;
        assertThat(network.map(logits, null, arrays).add(offset).toDoubleArray())
                .containsExactly(
                        new double[] {-1.3410000150, -.2910000050, .24, 1.0581000070, 2.5700000200},
                        within(INTEGRAL_TOLERANCE));
    }

    @Test
    void goesOnAsALineBeyondTheGrid() {
        DiagonalNetwork network = DiagonalNetwork.of(2, new int[] {3});
        NDList arrays = new NDList();
        network.start(new Random(1)).forEach(c -> arrays.add(c.in(manager)));
        double[] logits = {-1e6, -60, -50, 50, 60, 1e6};
        NDArray mapped = network.map(manager.create(logits, new Shape(3, 2)), null, arrays);
        assertThat(mapped.toDoubleArray()).containsExactly(logits, within(1e-1));
    }

    @Test
    void aRowThatHoldsNaNStaysNaNAndLeavesTheOthers() {
        for (Form form : Form.values()) {
            NDArray logits =
                    manager.create(new double[] {1, 2, 3, 4, 1, Double.NaN, 3, 4}).reshape(2, 4);
            Block block = IntraOrderPreserving.builder().optForm(form).block(4);
            double[] mapped = Calibrators.of(block).apply(logits).toDoubleArray();
            assertThat(mapped[1] - mapped[0]).isCloseTo(1, within(INTEGRAL_TOLERANCE));
            assertThat(mapped[5]).isNaN();
        }
    }

    /** What a test of each form shares. */
    abstract static class FormContract extends NeuralContract {

        abstract Form form();

        int[] hidden() {
            return new int[] {4, 3};
        }

        @Override
        IntraOrderPreserving.Builder builder() {
            return IntraOrderPreserving.builder()
                    .optForm(form())
                    .optHiddenUnits(hidden())
                    .optMaxIterations(10);
        }

        @Override
        Block block(long classes) {
            return builder().block(classes);
        }

        @Test
        void theFormIsThatOfTheFit() {
            assertThat(((IntraOrderPreserving) fitted()).form()).isEqualTo(form());
        }

        @Test
        void theBlockBeginsAsTheIdentity() {
            NDArray logits = unseen();
            Calibrator begin = Calibrators.of(block(classes()));
            assertThat(values(begin.apply(logits).softmax(1)))
                    .containsExactly(values(logits.softmax(1)), within(ROUNDING));
        }

        @Test
        void refusesLayersWithoutUnits() {
            refusesOption(
                    () -> builder().optHiddenUnits(3, 0), "hiddenUnits = 0, expected at least 1");
        }
    }

    @Nested
    class OrderPreserving extends FormContract {

        @Override
        Form form() {
            return Form.OP;
        }
    }

    @Nested
    class OrderInvariant extends FormContract {

        @Override
        Form form() {
            return Form.OI;
        }

        @Test
        void permutedClassesGivePermutedResults() {
            Network network = network();
            NDList arrays = arrays(wild(network, 8, 1));
            NDArray logits = unseen();
            NDArray mapped = network.map(logits, null, arrays);
            NDArray reversed = network.map(logits.flip(1), null, arrays).flip(1);
            assertThat(values(reversed)).containsExactly(values(mapped));
        }
    }

    @Nested
    class Diagonal extends FormContract {

        @Override
        Form form() {
            return Form.DIAG;
        }

        @Test
        void aClassIsMappedWhateverTheOthersAre() {
            Network network = network();
            NDList arrays = arrays(wild(network, 8, 1));
            NDArray logits = unseen();
            NDArray mapped = network.map(logits, null, arrays);
            NDArray sorted = network.map(logits.sort(1), null, arrays);
            assertThat(values(sorted)).containsExactly(values(mapped.sort(1)));
        }
    }
}
