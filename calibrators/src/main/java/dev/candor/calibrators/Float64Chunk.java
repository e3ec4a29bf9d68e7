package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.candor.calibrators.internal.LabelledLogits;
import java.util.function.Consumer;

/**
 * Consecutive samples in float64.
 *
 * @param first the row of the first
 * @param logits float64 {@code [n, C]}, a copy that may be written to
 * @param labels int64 {@code [n]}
 * @param weights float64 {@code [n]}
 */
record Float64Chunk(long first, NDArray logits, NDArray labels, NDArray weights) {

    /** Elements of a chunk that stays in the cache of a processor while it is worked on. */
    private static final long CACHED_ELEMENTS = 1L << 17;

    /** Elements of a chunk that keeps an accelerator busy. */
    private static final long ACCELERATED_ELEMENTS = 1L << 22;

    /** Passes over all samples in order. What is made of a chunk is freed after its turn. */
    static void forEach(LabelledLogits data, Consumer<Float64Chunk> consumer) {
        NDManager scope = data.scope();
        long elements = scope.getDevice().isGpu() ? ACCELERATED_ELEMENTS : CACHED_ELEMENTS;
        long step = Math.max(1, elements / data.classes());
        for (long first = 0; first < data.size(); first += step) {
            try (NDManager manager = scope.newSubManager()) {
                LabelledLogits.Chunk chunk =
                        data.chunk(manager, first, Math.min(data.size(), first + step));
                consumer.accept(
                        new Float64Chunk(
                                first,
                                float64Copy(chunk.logits()),
                                chunk.labels(),
                                chunk.weights()));
            }
        }
    }

    /** {@code toType} to the same type shares its memory even when told to copy. */
    private static NDArray float64Copy(NDArray rows) {
        return rows.getDataType() == DataType.FLOAT64
                ? rows.duplicate()
                : rows.toType(DataType.FLOAT64, true);
    }
}
