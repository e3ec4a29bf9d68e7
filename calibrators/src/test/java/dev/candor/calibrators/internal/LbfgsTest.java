package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.candor.calibrators.internal.Lbfgs.Objective;
import dev.candor.calibrators.internal.Lbfgs.Result;
import dev.candor.calibrators.internal.Lbfgs.Status;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LbfgsTest {

    private static final double GRADIENT_TOLERANCE = 1e-10;
    private static final double POSITION_TOLERANCE = 1e-9;
    private static final Lbfgs LBFGS = new Lbfgs(6000, GRADIENT_TOLERANCE);

    /**
     * What scipy 1.17.1 needs with as much memory and the same tolerance, and half as much more.
     */
    private static final int ROSENBROCK_EVALUATIONS = 95 * 3 / 2;

    private static double rosenbrock(double[] x, double[] gradient) {
        double value = 0;
        Arrays.fill(gradient, 0);
        for (int i = 0; i + 1 < x.length; i++) {
            double along = x[i + 1] - x[i] * x[i];
            double across = 1 - x[i];
            value += 100 * along * along + across * across;
            gradient[i] -= 400 * x[i] * along + 2 * across;
            gradient[i + 1] += 200 * along;
        }
        return value;
    }

    /** {@code sum_i c_i (x_i - i)^2 / 2} with curvatures spread over several orders. */
    private static Objective quadratic(double condition, int size) {
        return (x, gradient) -> {
            double value = 0;
            for (int i = 0; i < size; i++) {
                double curvature = Math.pow(condition, (double) i / (size - 1));
                gradient[i] = curvature * (x[i] - i);
                value += gradient[i] * (x[i] - i) / 2;
            }
            return value;
        };
    }

    private static double logistic(double[] w, double[] gradient) {
        int samples = 40;
        double value = 0;
        for (int j = 0; j < 3; j++) {
            value += 0.01 * w[j] * w[j];
            gradient[j] = 0.02 * w[j];
        }
        for (int i = 0; i < samples; i++) {
            double[] x = {Math.sin(1.3 * i), Math.cos(0.7 * i * i + 0.2), 1};
            int y = (3 * i + 1) % 7 < 3 ? 1 : 0;
            double margin = w[0] * x[0] + w[1] * x[1] + w[2] * x[2];
            double p = 1 / (1 + Math.exp(-margin));
            value -= Math.log(y == 1 ? p : 1 - p) / samples;
            for (int j = 0; j < 3; j++) {
                gradient[j] += (p - y) * x[j] / samples;
            }
        }
        return value;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 50})
    void findsTheFloorOfTheRosenbrockValley(int size) {
        double[] start = new double[size];
        Arrays.fill(start, -1);
        Result found = LBFGS.minimize(LbfgsTest::rosenbrock, start);
        double[] ones = new double[size];
        Arrays.fill(ones, 1);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.x()).containsExactly(ones, within(POSITION_TOLERANCE));
    }

    @Test
    void needsAboutAsManyEvaluationsAsScipy() {
        double[] start = new double[10];
        Arrays.fill(start, -1);
        Result found = LBFGS.minimize(LbfgsTest::rosenbrock, start);
        assertThat(found.evaluations()).isLessThanOrEqualTo(ROSENBROCK_EVALUATIONS);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 1e3, 1e6})
    void findsTheMinimumOfAQuadratic(double condition) {
        Result found = LBFGS.minimize(quadratic(condition, 20), new double[20]);
        double[] expected = new double[20];
        Arrays.setAll(expected, i -> i);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.x()).containsExactly(expected, within(POSITION_TOLERANCE));
    }

    @Test
    void aPreconditionerThatIsTheInverseHessianLeadsThereInOneStep() {
        UnaryOperator<double[]> inverse =
                v -> {
                    double[] scaled = v.clone();
                    Arrays.setAll(scaled, i -> v[i] / Math.pow(1e6, i / 19.0));
                    return scaled;
                };
        Result found = LBFGS.minimize(quadratic(1e6, 20), new double[20], inverse);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.iterations()).isLessThanOrEqualTo(2);
        assertThat(found.x()[19]).isCloseTo(19, within(POSITION_TOLERANCE));
    }

    /** Expected values by scipy 1.17.1, {@code minimize(method="BFGS", gtol=1e-13)}. */
    @Test
    void agreesWithScipyOnLogisticRegression() {
        Result found = LBFGS.minimize(LbfgsTest::logistic, new double[3]);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.x())
                .containsExactly(
                        new double[] {-0.213043184194377, -0.6523750076415018, -0.224895878471986},
                        within(POSITION_TOLERANCE));
        assertThat(found.value()).isCloseTo(0.6542283174768364, within(1e-14));
    }

    @Test
    void convergesWhereDifferencesOfValuesDrownInRounding() {
        Objective lifted = (x, gradient) -> 1e6 + logistic(x, gradient);
        Result found = LBFGS.minimize(lifted, new double[3]);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.x()[1]).isCloseTo(-0.6523750076415018, within(POSITION_TOLERANCE));
    }

    @Test
    void endsAtOnceWhereTheStartIsTheMinimum() {
        Result found = LBFGS.minimize(LbfgsTest::rosenbrock, new double[] {1, 1, 1});
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.iterations()).isZero();
        assertThat(found.evaluations()).isEqualTo(1);
    }

    @Test
    void leavesTheStartAsItIs() {
        double[] start = {-1.2, 1};
        LBFGS.minimize(LbfgsTest::rosenbrock, start);
        assertThat(start).containsExactly(-1.2, 1);
    }

    @Test
    void reportsTheLimitOfIterationsAndKeepsTheBest() {
        double[] start = {-1.2, 1};
        double before = rosenbrock(start, new double[2]);
        Result found = new Lbfgs(3, GRADIENT_TOLERANCE).minimize(LbfgsTest::rosenbrock, start);
        assertThat(found.status()).isEqualTo(Status.MAX_ITERATIONS);
        assertThat(found.iterations()).isEqualTo(3);
        assertThat(found.value()).isLessThan(before);
        assertThat(found.value()).isEqualTo(rosenbrock(found.x(), new double[2]));
    }

    @Test
    void reportsAGradientThatPointsUphill() {
        Objective wrong =
                (x, gradient) -> {
                    gradient[0] = -2 * x[0];
                    return x[0] * x[0];
                };
        Result found = LBFGS.minimize(wrong, new double[] {3});
        assertThat(found.status()).isEqualTo(Status.LINE_SEARCH_FAILED);
        assertThat(found.value()).isEqualTo(9);
        assertThat(found.x()).containsExactly(3);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void stepsBackFromValuesThatAreNotFinite(double outside) {
        Objective barrier =
                (x, gradient) -> {
                    gradient[0] = x[0] >= 2 ? outside : 1 / (2 - x[0]) - 50;
                    return x[0] >= 2 ? outside : -Math.log(2 - x[0]) - 50 * x[0];
                };
        Result found = LBFGS.minimize(barrier, new double[1]);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.x()[0]).isCloseTo(2 - 1.0 / 50, within(POSITION_TOLERANCE));
    }

    @Test
    void staysFiniteWhereThereIsNoMinimum() {
        Objective falling =
                (x, gradient) -> {
                    gradient[0] = -1;
                    return -x[0];
                };
        Result found = LBFGS.minimize(falling, new double[1]);
        assertThat(found.status()).isNotEqualTo(Status.CONVERGED);
        assertThat(found.x()[0]).isFinite().isPositive();
        assertThat(found.value()).isFinite();
    }

    @Test
    void endsWhereTheGradientFadesOnTheWayToInfinity() {
        Objective decaying =
                (x, gradient) -> {
                    double value = Math.log1p(Math.exp(-x[0]));
                    gradient[0] = -1 / (1 + Math.exp(x[0]));
                    return value;
                };
        Result found = LBFGS.minimize(decaying, new double[1]);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.x()[0]).isBetween(20.0, 200.0);
    }

    /**
     * Sums over many samples are wrong in more than their last digits, and so is their gradient.
     */
    @Test
    void endsSoonWhereRoundingHidesTheValueAndTheSlope() {
        Objective exact = quadratic(100, 20);
        Objective rounded =
                (x, gradient) -> {
                    double value = 4 + exact.evaluate(x, gradient);
                    long bits = Arrays.hashCode(x);
                    for (int i = 0; i < gradient.length; i++) {
                        gradient[i] += 3e-9 * Math.sin(bits + i);
                    }
                    return value + 1e-12 * Math.sin(bits);
                };
        Result found = LBFGS.minimize(rounded, new double[20]);
        assertThat(found.status()).isEqualTo(Status.LINE_SEARCH_FAILED);
        assertThat(found.gradientNorm()).isLessThan(1e-5);
        assertThat(found.evaluations()).isLessThan(200);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void isNeverWorseThanTheStartOnARuggedFunction(long seed) {
        double[] start = new Random(seed).doubles(6, -4, 4).toArray();
        Objective rugged =
                (x, gradient) -> {
                    double value = 0;
                    for (int i = 0; i < x.length; i++) {
                        value += x[i] * x[i] + 3 * Math.sin(5 * x[i]);
                        gradient[i] = 2 * x[i] + 15 * Math.cos(5 * x[i]);
                    }
                    return value;
                };
        Result found = LBFGS.minimize(rugged, start);
        assertThat(found.status()).isEqualTo(Status.CONVERGED);
        assertThat(found.value()).isLessThan(rugged.evaluate(start, new double[6]));
        assertThat(found.gradientNorm()).isLessThanOrEqualTo(GRADIENT_TOLERANCE);
    }
}
