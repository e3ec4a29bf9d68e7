package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AdaFocalGammasTest {

    private static final double TOLERANCE = 1e-12;

    @Test
    void startsAtOneInBinsOfEqualWidth() {
        AdaFocalGammas gammas = AdaFocalGammas.of(4);
        assertThat(gammas.bins()).isEqualTo(4);
        assertThat(gammas.edges()).containsExactly(0, 0.25, 0.5, 0.75, 1);
        assertThat(gammas.gammas()).containsExactly(1, 1, 1, 1);
    }

    /** Edges made with numpy.interp as the authors' code uses it. */
    @Test
    void binsTheValidationSetByEqualMass() {
        double[] confidences = {0.99, 0.26, 0.75, 0.53, 0.94, 0.61};
        boolean[] correct = {true, false, true, false, true, true};
        AdaFocalGammas next =
                AdaFocalGammas.of(new double[] {0, 0.3, 0.6, 1}, new double[] {1, 2, -0.5})
                        .updated(confidences, correct);
        assertThat(next.edges())
                .containsExactly(new double[] {0.26, 0.61, 0.94, 0.99}, within(TOLERANCE));
        assertThat(next.gammas())
                .containsExactly(
                        new double[] {
                            Math.exp((0.26 + 0.53) / 2),
                            2 * Math.exp((0.61 + 0.75) / 2 - 1),
                            -0.5 * Math.exp(-((0.94 + 0.99) / 2 - 1))
                        },
                        within(TOLERANCE));
    }

    @Test
    void interpolatesEdgesBetweenSamples() {
        double[] confidences = {0.2, 0.4, 0.5, 0.9, 1};
        AdaFocalGammas next = AdaFocalGammas.of(2).updated(confidences, new boolean[5]);
        assertThat(next.edges()).containsExactly(new double[] {0.2, 0.7, 1}, within(TOLERANCE));
    }

    @Test
    void leavesTheGammasOfEmptyBinsAlone() {
        double[] confidences = {1, 1, 1, 1};
        AdaFocalGammas before =
                AdaFocalGammas.of(new double[] {0, 0.3, 0.6, 1}, new double[] {1.5, -0.5, 2});
        AdaFocalGammas after = before.updated(confidences, new boolean[] {true, true, true, false});
        assertThat(after.gammas())
                .containsExactly(new double[] {1.5, -0.5, 2 * Math.exp(0.25)}, within(TOLERANCE));
    }

    @Test
    void followsTheGivenRule() {
        AdaFocalGammas next =
                AdaFocalGammas.of(2)
                        .updated(
                                new double[] {0.5, 0.9},
                                new boolean[] {false, false},
                                new AdaFocalRule(1, 0.2, -2, 1.2));
        assertThat(next.gammas()).containsExactly(1.2, 1.2);
    }

    @Test
    void doesNotChange() {
        double[] edges = {0, 0.5, 1};
        double[] values = {1, 2};
        AdaFocalGammas gammas = AdaFocalGammas.of(edges, values);
        edges[1] = 0.9;
        values[0] = 7;
        gammas.edges()[1] = 0.9;
        gammas.gammas()[0] = 7;
        gammas.updated(new double[] {0.8}, new boolean[] {false});
        assertThat(gammas.edges()).containsExactly(0, 0.5, 1);
        assertThat(gammas.gammas()).containsExactly(1, 2);
        assertThat(gammas).hasToString("AdaFocalGammas{edges=[0.0, 0.5, 1.0], gammas=[1.0, 2.0]}");
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> AdaFocalGammas.of(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 1, expected at least 2");
        assertThatThrownBy(() -> AdaFocalGammas.of(new double[] {0, 1}, new double[] {1, 2}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 edges for 2 gammas");
        assertThatThrownBy(
                        () ->
                                AdaFocalGammas.of(
                                        new double[] {0, 0.7, 0.5, 1}, new double[] {1, 1, 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("edges[2] = 0.5, expected 0.7..1.0");
        assertThatThrownBy(
                        () ->
                                AdaFocalGammas.of(
                                        new double[] {0, 0.5, 1}, new double[] {1, Double.NaN}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("gammas[1] = NaN, expected a finite value");
        AdaFocalGammas gammas = AdaFocalGammas.of(3);
        assertThatThrownBy(() -> gammas.updated(new double[0], new boolean[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("confidences = 0, expected at least 1");
        assertThatThrownBy(() -> gammas.updated(new double[] {0.5}, new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 confidences for 2 outcomes");
        assertThatThrownBy(() -> gammas.updated(new double[] {0.5, 1.5}, new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("confidences[1] = 1.5, expected 0.0..1.0");
    }
}
