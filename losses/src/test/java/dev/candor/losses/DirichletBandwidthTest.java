package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirichletBandwidthTest {

    /** Values of torch 2.13 by {@code torch.distributions.Dirichlet}. */
    @ParameterizedTest
    @CsvSource({
        "A, 0.01, -27.5378918723",
        "A, 0.1, -1.4149850261",
        "A, 0.2, -0.3155277856",
        "A, 1, 0.5008712022",
        "C, 0.01, -13.5947221409",
        "C, 0.1, -1.4187443024",
        "C, 0.2, -0.8223678819",
        "C, 1, -0.2617746366"
    })
    void theLikelihoodLeavesEachSampleOutOfItsOwnDensity(
            String name, double bandwidth, double expected) {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(DirichletBandwidth.logLikelihood(logits(manager, name), bandwidth))
                    .isCloseTo(expected, within(LossContract.FLOAT64_TOLERANCE * 30));
        }
    }

    @Test
    void findsTheGreatestLikelihoodEvenWhenAllAreBelowOne() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(DirichletBandwidth.search(logits(manager, "C"), 0.01, 0.2, 0.1))
                    .isEqualTo(0.2);
        }
    }

    @Test
    void clusteredPredictionsWantANarrowKernel() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] rows = new double[40 * 3];
            for (int i = 0; i < 40; i++) {
                rows[3 * i + i % 3] = 3 + 0.001 * i;
            }
            NDArray logits = manager.create(rows, new Shape(40, 3));
            double bandwidth = DirichletBandwidth.search(logits);
            assertThat(bandwidth).isLessThan(0.01);
            assertThat(bandwidth).isGreaterThanOrEqualTo(1e-5);
            assertThat(DirichletBandwidth.search(logits.mul(0))).isEqualTo(1e-5);
        }
    }

    @Test
    void leavesNoArrayBehind() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = logits(manager, "A");
            int before = manager.getManagedArrays().size();
            DirichletBandwidth.search(logits);
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void refusesASingleRow() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.zeros(new Shape(1, 3));
            assertThatThrownBy(() -> DirichletBandwidth.search(logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("logits have shape (1, 3), expected [N, C] with at least two rows");
        }
    }

    @Test
    void refusesLogitsThatAreNotFinite() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.create(new double[] {0, 1, Double.NaN, 0}, new Shape(2, 2));
            assertThatThrownBy(() -> DirichletBandwidth.search(logits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("logits[1] holds NaN or infinity");
        }
    }

    @Test
    void refusesACandidateThatIsNotPositive() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray logits = manager.zeros(new Shape(2, 2));
            assertThatThrownBy(() -> DirichletBandwidth.search(logits, 0.1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("candidates[1] = 0.0, expected a finite value > 0");
        }
    }

    private static NDArray logits(NDManager manager, String name) {
        double[][] rows = GoldenLosses.INSTANCE.batches().get(name).logits();
        return manager.create(LossProbe.flat(rows), new Shape(rows.length, rows[0].length));
    }
}
