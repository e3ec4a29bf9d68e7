package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ThrustTest {

    private static final double GOLDEN_TOLERANCE = 1e-10;
    private static final double ROUNDING = 1e-12;

    private static final double[][] CENTRES = {{1, 0}, {0, 2}, {-1, -1}};
    private static final int[] SIZES = {5, 3, 2};

    /** The formula in float64, by numpy 2.4.6. */
    @Test
    void addsThePullsOfTheClusters() {
        assertThat(Thrust.of(CENTRES, SIZES).score(.5, .5))
                .isCloseTo(2.97572120941, within(GOLDEN_TOLERANCE));
    }

    @Test
    void isInfiniteAtACentreAndFadesWithTheDistance() {
        Thrust thrust = Thrust.of(CENTRES, SIZES);
        assertThat(thrust.score(0, 2)).isInfinite();
        assertThat(thrust.score(1e3, 1e3)).isLessThan(1e-4);
        assertThat(thrust.score(.9, 0)).isGreaterThan(thrust.score(.5, 0));
    }

    @Test
    void cancelsOutBetweenEqualClusters() {
        Thrust thrust = Thrust.of(new double[][] {{-1, 0}, {1, 0}}, new int[] {4, 4});
        assertThat(thrust.score(0, 0)).isCloseTo(0, within(ROUNDING));
    }

    @Test
    void findsTheClustersOfEachClass() {
        Random random = new Random(7);
        double[][] means = {{0, 0}, {10, 0}, {0, 10}, {10, 10}};
        double[][] features = new double[80][];
        int[] labels = new int[80];
        for (int i = 0; i < 80; i++) {
            double[] mean = means[i % 4];
            features[i] =
                    new double[] {
                        mean[0] + .1 * random.nextGaussian(), mean[1] + .1 * random.nextGaussian()
                    };
            labels[i] = i % 2;
        }
        Thrust thrust = Thrust.fit(features, labels, 2, 1);
        assertThat(thrust.clusters()).isEqualTo(4);
        double known = thrust.score(.3, .3);
        assertThat(known).isGreaterThan(10 * thrust.score(30, 30));
        assertThat(Thrust.fit(features, labels, 2, 1).score(3, 4)).isEqualTo(thrust.score(3, 4));
        assertThat(Thrust.fit(features, labels, 100, 1).clusters()).isBetween(70, 80);
    }

    @Test
    void refusesWhatDoesNotFit() {
        refuses(
                () -> Thrust.fit(new double[1][2], new int[1], 1, 0),
                "1 questions, expected at least 2");
        refuses(() -> Thrust.fit(new double[2][2], new int[3], 1, 0), "3 labels for 2 questions");
        refuses(
                () -> Thrust.fit(new double[][] {{1}, {Double.NaN}}, new int[2], 1, 0),
                "features[1][0] = NaN, expected a finite value");
        refuses(() -> Thrust.of(CENTRES, new int[] {1, 0, 1}), "sizes[1] = 0, expected at least 1");
        refuses(() -> Thrust.of(CENTRES, SIZES).score(1), "feature has 1 values, expected 2");
    }
}
