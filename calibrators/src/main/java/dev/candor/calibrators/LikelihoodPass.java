package dev.candor.calibrators;

import ai.djl.Device;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.SafeguardedHalley;

/**
 * One pass over all samples at a temperature.
 *
 * <p>With {@code u = log(1/T)} and {@code v = e^u (z - max z)}, the likelihood of a row and its
 * derivatives in u are moments of v under {@code p = softmax(v)}, K the third central one:
 *
 * <pre>
 *   f = log sum_k e^{v_k} - v_y,  f' = E v - v_y,  f'' = f' + Var v,  f''' = f' + 3 Var v + K v
 * </pre>
 *
 * <p>As v has no unit, logits of any scale keep clear of overflow.
 */
interface LikelihoodPass {

    /** A pass on the device of the logits: by threads in host memory, else by its engine. */
    static LikelihoodPass over(LabelledLogits data) {
        return data.scope().getDevice().equals(Device.cpu())
                ? new HostPass(data)
                : new DevicePass(data);
    }

    /**
     * Passes over the samples.
     *
     * @param beta {@code e^u}, finite and above 0
     * @param survey whether the numbers that do not depend on beta are wanted; else they are 0
     */
    Means at(double beta, boolean survey);

    /**
     * Weighted means over all samples.
     *
     * @param likelihood f
     * @param slope f'
     * @param variance Var v
     * @param third K v
     * @param identity f at u = 0
     * @param spread {@code max z - mean z}
     * @param deficit {@code max z - z_y}
     */
    record Means(
            double likelihood,
            double slope,
            double variance,
            double third,
            double identity,
            double spread,
            double deficit) {

        /** How many numbers there are. */
        static final int COUNT = 7;

        static Means of(double[] sums, double totalWeight) {
            return new Means(
                    sums[0] / totalWeight,
                    sums[1] / totalWeight,
                    sums[2] / totalWeight,
                    sums[3] / totalWeight,
                    sums[4] / totalWeight,
                    sums[5] / totalWeight,
                    sums[6] / totalWeight);
        }

        SafeguardedHalley.Local local() {
            return new SafeguardedHalley.Local(
                    likelihood, slope, slope + variance, slope + 3 * variance + third);
        }
    }
}
