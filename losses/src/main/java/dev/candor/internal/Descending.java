package dev.candor.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * An order of samples by a value, the greatest first, in which a sum over pairs of samples becomes
 * a running sum: {@code O(N log N)} where the matrix of pairs takes {@code N^2}. Samples of equal
 * value are told apart from greater ones. The order itself carries no gradient.
 */
public final class Descending {

    private final NDArray order;
    private final NDArray firstOfEqual;

    private Descending(NDArray order, NDArray firstOfEqual) {
        this.order = order;
        this.firstOfEqual = firstOfEqual;
    }

    /**
     * Orders samples.
     *
     * @param values {@code [N]}
     * @return the order
     */
    public static Descending by(NDArray values) {
        NDArray constants = values.stopGradient();
        NDArray order = constants.argSort(0, false);
        return new Descending(order, firstOfEqual(constants.gather(order, 0)));
    }

    /** For each place of sorted values, the first place that holds the same value. */
    private static NDArray firstOfEqual(NDArray sorted) {
        NDManager manager = sorted.getManager();
        int size = (int) sorted.size();
        NDArray one = manager.ones(new Shape(1), sorted.getDataType());
        NDArray isFirst = one.concat(sorted.diff(1, 0)).neq(0).toType(DataType.INT64, false);
        NDArray group = isFirst.cumSum(0);
        // Places that are not the first of their group write to entry 0, which none reads.
        NDArray places = manager.arange(0, size, 1, DataType.INT64);
        return manager.zeros(new Shape(size + 1), DataType.INT64)
                .scatter(group.mul(isFirst), places, 0)
                .gather(group, 0);
    }

    /**
     * Puts values, one for each sample, in this order.
     *
     * @param values {@code [N]}
     * @return {@code [N]}
     */
    public NDArray sort(NDArray values) {
        return values.gather(order, 0);
    }

    /**
     * Sums, for each place, what stands at all places before it.
     *
     * @param sorted {@code [N]}, in this order
     * @return {@code [N]}, in this order
     */
    public static NDArray sumBefore(NDArray sorted) {
        return sorted.cumSum(0).sub(sorted);
    }

    /**
     * Restricts {@link #sumBefore} to the samples of strictly greater value.
     *
     * @param sumBefore {@code [N]}
     * @return {@code [N]}, in this order
     */
    public NDArray ofGreater(NDArray sumBefore) {
        return sumBefore.gather(firstOfEqual, 0);
    }
}
