package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;

/** Maps rows a few at a time: the steps on the way take many times the memory of the rows. */
final class RowParts {

    /** Elements of a part that stays in the cache of a processor while it is worked on. */
    private static final long CACHED_ELEMENTS = 1L << 16;

    /** Elements of a part that keeps an accelerator busy. */
    private static final long ACCELERATED_ELEMENTS = 1L << 22;

    private RowParts() {}

    /** A map of rows and a few arrays. */
    @FunctionalInterface
    interface RowMap {

        NDArray apply(NDArray rows, NDList arrays);
    }

    /**
     * Maps rows, all at once where they are part of a graph.
     *
     * @param rows {@code [M, C]}
     * @param arrays what the map needs beside
     * @param type of the result
     * @param map from rows to as many rows
     */
    static NDArray map(NDArray rows, NDList arrays, DataType type, RowMap map) {
        NDManager manager = rows.getManager();
        long size = rows.getShape().get(0);
        long elements = rows.getDevice().isGpu() ? ACCELERATED_ELEMENTS : CACHED_ELEMENTS;
        long step = Math.max(1, elements / rows.getShape().get(1));
        if (size <= step || rows.hasGradient()) {
            return map.apply(rows, arrays);
        }
        NDArray mapped = manager.zeros(rows.getShape(), type);
        for (long first = 0; first < size; first += step) {
            NDIndex part = new NDIndex().addSliceDim(first, Math.min(size, first + step));
            try (NDManager scope = manager.newSubManager()) {
                NDList views = new NDList(arrays.size());
                arrays.forEach(array -> views.add(FittedCalibrator.view(array, scope)));
                mapped.set(part, map.apply(rows.get(scope, part), views));
            }
        }
        return mapped;
    }
}
