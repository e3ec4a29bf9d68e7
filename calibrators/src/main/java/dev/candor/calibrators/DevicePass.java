package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.LogitBatch;
import java.util.Arrays;

/** A pass over logits by the engine, on any device; a few numbers are read to the host once. */
final class DevicePass implements LikelihoodPass {

    /** Elements of a chunk: enough to keep an accelerator busy, in 32 MB for each operand. */
    private static final long CHUNK_ELEMENTS = 1L << 22;

    private static final int[] ROW = {1};

    private final LabelledLogits data;

    DevicePass(LabelledLogits data) {
        this.data = data;
    }

    @Override
    public Means at(double beta, boolean survey) {
        long step = Math.max(1, CHUNK_ELEMENTS / data.classes());
        try (NDManager scope = data.scope().newSubManager()) {
            int count = survey ? Means.COUNT : 4;
            NDArray sums = scope.zeros(new Shape(count, 1), DataType.FLOAT64);
            for (long first = 0; first < data.size(); first += step) {
                try (NDManager manager = scope.newSubManager()) {
                    LabelledLogits.Chunk chunk =
                            data.chunk(manager, first, Math.min(data.size(), first + step));
                    NDArray rows = NDArrays.stack(rows(chunk, beta, survey));
                    sums.addi(rows.matMul(chunk.weights().expandDims(1)));
                }
            }
            double[] totals = Arrays.copyOf(sums.toDoubleArray(), Means.COUNT);
            return Means.of(totals, data.totalWeight());
        }
    }

    private static NDList rows(LabelledLogits.Chunk chunk, double beta, boolean survey) {
        NDArray logits = chunk.logits().toType(DataType.FLOAT64, false);
        NDArray gaps = logits.sub(logits.max(ROW, true));
        NDArray deficit = LogitBatch.pick(gaps, chunk.labels()).neg();
        NDArray v = gaps.mul(beta);
        NDArray powers = v.exp();
        NDArray mass = powers.sum(ROW);
        NDArray mean = powers.muli(v).sum(ROW).div(mass);
        NDArray second = powers.muli(v).sum(ROW).div(mass);
        NDArray third = powers.muli(v).sum(ROW).div(mass);
        NDArray square = mean.square();
        NDArray variance = second.sub(square);
        NDArray scaled = deficit.mul(beta);
        NDList rows =
                new NDList(
                        mass.log().add(scaled),
                        mean.add(scaled),
                        variance,
                        third.sub(variance.mul(3).add(square).mul(mean)));
        if (survey) {
            rows.add(gaps.exp().sum(ROW).log().add(deficit));
            rows.add(gaps.mean(ROW).neg());
            rows.add(deficit);
        }
        return rows;
    }
}
