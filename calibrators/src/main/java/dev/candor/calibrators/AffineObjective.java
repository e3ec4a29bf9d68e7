package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.Lbfgs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Mean loss of {@code softmax(u)}, {@code u = W x + b}, over all samples and its gradient with
 * respect to W and b, in float64 on the device, one pass per evaluation.
 *
 * <p>There is a block of parameters for each class: its row of W, or for a diagonal W its one
 * weight, followed by its bias. W belongs to features divided by {@link #scale()}, so that it does
 * not depend on their unit.
 */
final class AffineObjective implements Lbfgs.Objective {

    /** Elements of features that are kept, rather than made again in each pass. */
    private static final long KEPT_ELEMENTS = 1L << 23;

    /** Samples that tell the curvature well enough. */
    private static final long CURVATURE_SAMPLES = 8192;

    /** Classes up to which each has a curvature of its own, for it takes the cube of them. */
    private static final int CLASSES_WITH_OWN_CURVATURE = 128;

    /** Keeps the curvature of saturated samples above zero. */
    private static final double LEAST_VARIANCE = 1e-6;

    private static final int[] CLASSES = {1};

    private final LabelledLogits data;
    private final UnaryOperator<NDArray> features;
    private final boolean diagonal;
    private final Objective loss;
    private final int classes;
    private final int block;
    private final double scale;
    private final List<Rows> kept = new ArrayList<>();

    /** Features with a last column of ones if W is not diagonal, labels and weights as columns. */
    private record Rows(NDArray features, NDArray labels, NDArray weights) {}

    /**
     * Takes a pass or two over the samples.
     *
     * @param data the samples
     * @param features from float64 logits {@code [n, C]}, which may be written to, to features of
     *     that shape
     * @param diagonal whether W is diagonal
     * @param loss what is averaged
     * @throws IllegalArgumentException if a logit is not finite
     */
    AffineObjective(
            LabelledLogits data,
            UnaryOperator<NDArray> features,
            boolean diagonal,
            Objective loss) {
        this.data = data;
        this.features = features;
        this.diagonal = diagonal;
        this.loss = loss;
        this.classes = Math.toIntExact(data.classes());
        this.block = diagonal ? 2 : classes + 1;
        this.scale = meanMagnitude();
        if (data.size() * data.classes() <= KEPT_ELEMENTS) {
            keep();
        }
    }

    /** In one array, for many small ones between those that are freed would tear the memory up. */
    private void keep() {
        NDManager scope = data.scope();
        Shape shape = new Shape(data.size(), diagonal ? classes : block);
        NDArray all = scope.zeros(shape, DataType.FLOAT64);
        Float64Chunk.forEach(
                data,
                chunk -> {
                    Rows rows = rows(chunk);
                    long end = chunk.first() + rows.features.getShape().get(0);
                    NDIndex place = new NDIndex().addSliceDim(chunk.first(), end);
                    all.set(place, rows.features);
                    scope.attachAll(rows.labels, rows.weights);
                    kept.add(new Rows(all.get(scope, place), rows.labels, rows.weights));
                });
    }

    private double meanMagnitude() {
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray sum = manager.zeros(new Shape(), DataType.FLOAT64);
            Float64Chunk.forEach(
                    data, chunk -> sum.addi(features.apply(chunk.logits()).abs().sum()));
            double mean = sum.getDouble() / ((double) data.size() * classes);
            if (!Double.isFinite(mean)) {
                throw data.notFinite();
            }
            return mean == 0 ? 1 : mean;
        }
    }

    private Rows rows(Float64Chunk chunk) {
        NDArray x = features.apply(chunk.logits()).div(scale);
        if (!diagonal) {
            Shape column = new Shape(x.getShape().get(0), 1);
            x = x.concat(x.getManager().ones(column, DataType.FLOAT64), 1);
        }
        return new Rows(x, chunk.labels().expandDims(1), chunk.weights().expandDims(1));
    }

    private void forEachChunk(Consumer<Rows> consumer) {
        if (kept.isEmpty()) {
            Float64Chunk.forEach(data, chunk -> consumer.accept(rows(chunk)));
            return;
        }
        for (Rows rows : kept) {
            try (NDManager manager = data.scope().newSubManager()) {
                manager.tempAttachAll(rows.features, rows.labels, rows.weights);
                consumer.accept(rows);
            }
        }
    }

    /** A manager on the device of the samples; the caller closes it. */
    NDManager newSubManager() {
        return data.scope().newSubManager();
    }

    /** By what the features are divided. */
    double scale() {
        return scale;
    }

    int classes() {
        return classes;
    }

    boolean isDiagonal() {
        return diagonal;
    }

    /** Number of parameters of each class. */
    int block() {
        return block;
    }

    /** The place of {@code W_kk}. */
    int diagonal(int k) {
        return k * block + (diagonal ? 0 : k);
    }

    /** The place of {@code b_k}. */
    int bias(int k) {
        return k * block + block - 1;
    }

    /** The parameters of {@code u = factor x}. */
    double[] multiple(double factor) {
        double[] parameters = new double[classes * block];
        for (int k = 0; k < classes; k++) {
            parameters[diagonal(k)] = factor * scale;
        }
        return parameters;
    }

    @Override
    public double evaluate(double[] parameters, double[] gradient) {
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray matrix = matrix(manager, parameters);
            NDArray slopes = manager.zeros(matrix.getShape(), DataType.FLOAT64);
            NDArray sum = manager.zeros(new Shape(1, 1), DataType.FLOAT64);
            forEachChunk(rows -> accumulate(rows, matrix, sum, slopes));
            double[] slope = slopes.divi(data.totalWeight()).toDoubleArray();
            System.arraycopy(slope, 0, gradient, 0, slope.length);
            return sum.toDoubleArray()[0] / data.totalWeight();
        }
    }

    private void accumulate(Rows rows, NDArray matrix, NDArray sum, NDArray slopes) {
        NDArray share = rows.weights.transpose();
        NDArray gaps = gaps(rows, matrix);
        NDArray p = gaps.exp();
        NDArray mass = p.sum(CLASSES, true);
        p.divi(mass);
        NDArray residual;
        if (loss == Objective.LIKELIHOOD) {
            NDArray label = gaps.gather(rows.labels, 1);
            sum.addi(share.matMul(mass.log().subi(label)));
            residual = p.subi(target(rows));
        } else {
            NDArray miss = p.sub(target(rows));
            sum.addi(share.matMul(miss.square().sum(CLASSES, true)));
            NDArray mean = p.mul(miss).sum(CLASSES, true);
            residual = p.muli(miss.subi(mean)).muli(2);
        }
        slopes.addi(products(rows, residual));
    }

    /**
     * {@code u - max u}. The engine's own softmax is left alone: it wakes all threads for the
     * smallest of arrays.
     */
    private NDArray gaps(Rows rows, NDArray matrix) {
        NDArray u = map(rows.features, matrix);
        return u.subi(u.max(CLASSES, true));
    }

    /** Sums over samples of values per class {@code [n, C]} times features and one, by blocks. */
    private NDArray products(Rows rows, NDArray values) {
        if (!diagonal) {
            return values.muli(rows.weights).transpose().matMul(rows.features);
        }
        NDArray share = rows.weights.transpose();
        NDArray weight = share.matMul(values.mul(rows.features));
        return NDArrays.concat(new NDList(weight, share.matMul(values)), 0).transpose();
    }

    /**
     * The weighted share of samples whose label is not alone at the top.
     *
     * @param parameters as for {@link #evaluate}
     * @return a share in {@code 0..1}
     */
    double missed(double[] parameters) {
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray matrix = matrix(manager, parameters);
            NDArray sum = manager.zeros(new Shape(1, 1), DataType.FLOAT64);
            forEachChunk(
                    rows -> {
                        NDArray u = map(rows.features, matrix);
                        NDArray reached = u.gte(u.gather(rows.labels, 1));
                        NDArray rivals = float64(reached).sum(CLASSES, true);
                        sum.addi(rows.weights.transpose().matMul(float64(rivals.gt(1))));
                    });
            return sum.toDoubleArray()[0] / data.totalWeight();
        }
    }

    /** The number of classes that no sample, or none of any weight, has as its label. */
    int missingClasses() {
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray mass = manager.zeros(new Shape(1, classes), DataType.FLOAT64);
            forEachChunk(rows -> mass.addi(rows.weights.transpose().matMul(target(rows))));
            return (int) mass.eq(0).sum().getLong();
        }
    }

    /**
     * Blocks on the diagonal of the Hessian, measured on a sample: the curvature of each class with
     * respect to its own parameters. With many classes and a full W, their mean.
     *
     * @param parameters as for {@link #evaluate}
     * @return symmetric matrices by rows, one for each class or one for all
     */
    double[][] curvatures(double[] parameters) {
        boolean shared = !hasOwnCurvatures();
        int blocks = shared ? 1 : classes;
        int size = block * block;
        try (NDManager manager = data.scope().newSubManager()) {
            NDArray matrix = matrix(manager, parameters);
            boolean few = data.size() <= CURVATURE_SAMPLES;
            LabelledLogits sample = few ? data : data.sample(CURVATURE_SAMPLES);
            NDArray sums = manager.zeros(new Shape(blocks, size), DataType.FLOAT64);
            Float64Chunk.forEach(
                    sample,
                    chunk -> {
                        Rows rows = rows(chunk);
                        NDArray p = gaps(rows, matrix).exp();
                        p.divi(p.sum(CLASSES, true));
                        NDArray variance = p.mul(p.neg().add(1)).add(LEAST_VARIANCE);
                        if (shared) {
                            variance = variance.mean(CLASSES, true);
                        }
                        sums.addi(moments(rows, variance.muli(rows.weights)));
                    });
            double[] all = sums.divi(sample.totalWeight()).toDoubleArray();
            double[][] curvatures = new double[blocks][];
            Arrays.setAll(curvatures, k -> Arrays.copyOfRange(all, k * size, (k + 1) * size));
            return curvatures;
        }
    }

    /** Whether {@link #curvatures} tells those of each class. */
    boolean hasOwnCurvatures() {
        return diagonal || classes <= CLASSES_WITH_OWN_CURVATURE;
    }

    /** Second moments of the parameters' features, weighted by a column for each block. */
    private NDArray moments(Rows rows, NDArray weights) {
        NDArray x = rows.features;
        if (diagonal) {
            NDArray first = weights.mul(x);
            NDArray second = first.mul(x);
            NDList sums = new NDList(second, first, first, weights);
            return NDArrays.stack(sums).sum(CLASSES).transpose();
        }
        long blocks = weights.getShape().get(1);
        NDList all = new NDList();
        for (long k = 0; k < blocks; k++) {
            NDArray weight = weights.get(new NDIndex().addAllDim().addSliceDim(k, k + 1));
            try (NDArray weighted = x.mul(weight);
                    NDArray columns = weighted.transpose()) {
                all.add(columns.matMul(x).flatten());
            }
        }
        return NDArrays.stack(all);
    }

    private NDArray matrix(NDManager manager, double[] parameters) {
        return manager.create(parameters, new Shape(classes, block));
    }

    private NDArray map(NDArray x, NDArray matrix) {
        NDArray columns = matrix.transpose();
        return diagonal ? x.mul(columns.get(0)).addi(columns.get(1)) : x.matMul(columns);
    }

    private NDArray target(Rows rows) {
        NDArray columns = rows.labels.getManager().arange(0, classes, 1, DataType.INT64);
        return float64(rows.labels.eq(columns));
    }

    private static NDArray float64(NDArray array) {
        return array.toType(DataType.FLOAT64, false);
    }
}
