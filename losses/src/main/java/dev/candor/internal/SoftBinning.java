package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;

/** Membership of values in bins by degrees, so that bin statistics have a gradient. */
public final class SoftBinning {

    private SoftBinning() {}

    /**
     * Gaussian-like membership {@code u_j = softmax_j(-(v - xi_j)^2 / T)} in bins with centres
     * {@code xi_j} in the middle of equal parts of {@code [from, 1]}.
     *
     * @param values {@code [M]}
     * @param bins number of bins B
     * @param from lower end of the range
     * @param temperature T
     * @return {@code [M, B]}; rows sum to one
     */
    public static NDArray membership(NDArray values, int bins, double from, double temperature) {
        NDArray distance = values.expandDims(1).sub(centres(values, bins, from));
        return Softmax.of(Scalars.times(distance.square(), -1 / temperature));
    }

    /**
     * Triangular membership {@code u_j = max(0, 1 - |j - t|)} with {@code t = clamp(B v + 1/2, 1,
     * B)}, {@code j = 1..B}: linear between the two nearest centres.
     *
     * @param values {@code [M]} in {@code [0, 1]}
     * @param bins number of bins B
     * @return {@code [M, B]}; rows sum to one
     */
    public static NDArray triangular(NDArray values, int bins) {
        NDArray position = Scalars.atLeast(Scalars.times(values, bins).add(0.5), 1);
        position = Scalars.atMost(position, bins).expandDims(1);
        NDManager manager = values.getManager();
        NDArray index = manager.arange(1, bins + 1, 1, values.getDataType());
        return Activation.relu(position.sub(index).abs().neg().add(1));
    }

    private static NDArray centres(NDArray values, int bins, double from) {
        double width = (1 - from) / bins;
        DataType type = values.getDataType();
        return values.getManager()
                .arange(0, bins, 1, type)
                .mul(width)
                .add(from + width / 2)
                .reshape(new Shape(1, bins));
    }
}
