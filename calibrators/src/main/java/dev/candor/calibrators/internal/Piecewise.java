package dev.candor.calibrators.internal;

import java.util.Arrays;

/**
 * A function of one number, given by ascending thresholds. As a step function it has one value more
 * than thresholds, and takes value i from threshold i - 1 on, up to but not including threshold i.
 * As a piecewise linear one it has a value at each threshold, and is constant beyond the ends.
 *
 * @param thresholds ascending, all different
 * @param values as many, or one more
 */
public record Piecewise(double[] thresholds, double[] values) {

    /** The number of thresholds that are no greater than x. */
    public int count(double x) {
        int place = Arrays.binarySearch(thresholds, x);
        return place < 0 ? -place - 1 : place + 1;
    }

    /** The value of the step function. */
    public double step(double x) {
        return values[count(x)];
    }

    /** The value of the piecewise linear function. */
    public double linear(double x) {
        int left = count(x) - 1;
        if (left < 0 || left == thresholds.length - 1) {
            return values[Math.max(left, 0)];
        }
        double share = (x - thresholds[left]) / (thresholds[left + 1] - thresholds[left]);
        return values[left] + share * (values[left + 1] - values[left]);
    }

    /** Whether the function is the same everywhere. */
    public boolean isConstant() {
        return Arrays.stream(values).allMatch(value -> value == values[0]);
    }
}
