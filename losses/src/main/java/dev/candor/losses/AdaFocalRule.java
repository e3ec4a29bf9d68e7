package dev.candor.losses;

import dev.candor.internal.Checks;

/**
 * How AdaFocal moves the gamma of a bin after a look at the validation set.
 *
 * <pre>
 *   gamma' = gamma exp(s lambda gap),   s = 1 if gamma &gt; 0, else -1
 *   gamma' = -S if 0 &lt; gamma' &lt; S,   +S if -S &lt; gamma' &lt;= 0
 *   gamma' = clip(gamma', gammaMin, gammaMax)
 * </pre>
 *
 * <p>The gap is mean confidence less accuracy of the bin: overconfidence raises gamma,
 * underconfidence lowers it, and at {@code |gamma| < S} the loss switches between focal (gamma
 * above 0) and inverse focal (below 0).
 *
 * <p>Source: Ghosh et al., <i>AdaFocal: Calibration-aware Adaptive Focal Loss</i>, NeurIPS 2022,
 * arXiv:2211.11838.
 *
 * @param rate lambda, finite and above 0
 * @param switchBelow S, finite and {@code >= 0}
 * @param smallest gammaMin, finite and at most 0
 * @param largest gammaMax, finite and above 0
 */
public record AdaFocalRule(double rate, double switchBelow, double smallest, double largest) {

    /**
     * Checks the ranges.
     *
     * @param rate lambda
     * @param switchBelow S
     * @param smallest gammaMin
     * @param largest gammaMax
     * @throws IllegalArgumentException if a value is out of range
     */
    public AdaFocalRule {
        Checks.positive("rate", rate);
        Checks.nonNegative("switchBelow", switchBelow);
        Checks.within("smallest", smallest, -Double.MAX_VALUE, 0);
        Checks.positive("largest", largest);
    }

    /**
     * Returns the rule of the authors' code: rate 1, switch below 0.2, gamma in -2..20.
     *
     * @return the rule
     */
    public static AdaFocalRule of() {
        return new AdaFocalRule(1, 0.2, -2, 20);
    }

    /**
     * Returns the gamma that follows.
     *
     * @param gamma the gamma of a bin
     * @param gap mean confidence less accuracy of the bin, in {@code -1..1}; 0 for an empty bin
     * @return its next gamma
     * @throws IllegalArgumentException if the gap is out of range
     */
    public double next(double gamma, double gap) {
        Checks.within("gap", gap, -1, 1);
        double next = gamma * Math.exp(Math.signum(gamma) * rate * gap);
        if (Math.abs(next) < switchBelow) {
            next = next > 0 ? -switchBelow : switchBelow;
        }
        return Math.max(smallest, Math.min(largest, next));
    }
}
