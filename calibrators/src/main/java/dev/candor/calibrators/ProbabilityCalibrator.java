package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * A calibrator of probabilities: computes in float64 whatever the type of the logits, so that a
 * sample falls into the same bin when it is fitted and when it is calibrated, and yields
 * log-probabilities.
 */
abstract class ProbabilityCalibrator extends FittedCalibrator {

    private static final String UNIFORM_SHARE = "uniformShare";
    private static final String LAPLACE_SMOOTHING = "laplaceSmoothing";

    private final int own;

    /**
     * A calibrator of these arrays.
     *
     * @param own the number of arrays that {@link #probabilities} takes; one more is the share of
     *     the uniform distribution
     */
    ProbabilityCalibrator(
            String method,
            long classes,
            int own,
            List<Coefficient> coefficients,
            FitSummary summary) {
        super(method, classes, coefficients, summary);
        this.own = own;
    }

    /**
     * Calibrates probabilities.
     *
     * @param probabilities float64 {@code [M, C]}
     * @param coefficients the arrays of the method
     * @return float64 {@code [M, C]}, none negative; the rows need not sum to one
     */
    abstract NDArray probabilities(NDArray probabilities, NDList coefficients);

    @Override
    final NDArray map(NDArray logits, NDList coefficients) {
        Shape shape = logits.getShape();
        long classes = shape.get(shape.dimension() - 1);
        NDArray rows = logits.reshape(-1, classes);
        return RowParts.map(rows, coefficients, logits.getDataType(), this::mapped).reshape(shape);
    }

    @Override
    final String onnx(OnnxGraph graph, String logits) {
        throw notExported(
                "it looks probabilities up among thresholds, and ONNX has no operator that searches"
                        + " a sorted table");
    }

    private NDArray mapped(NDArray logits, NDList coefficients) {
        NDArray calibrated =
                normalised(probabilities(wide(logits).softmax(1), coefficients.subNDList(0, own)));
        if (coefficients.size() > own) {
            NDArray share = coefficients.get(own);
            long classes = logits.getShape().get(1);
            calibrated = calibrated.mul(share.neg().add(1)).add(share.div(classes));
        }
        return narrow(calibrated.log(), logits.getDataType());
    }

    /** The logits in float64 by type promotion: {@code toType} would cut the graph. */
    static NDArray wide(NDArray logits) {
        return logits.getDataType() == DataType.FLOAT64
                ? logits
                : logits.mul(logits.getManager().ones(new Shape(1), DataType.FLOAT64));
    }

    /** Adds to zeros of the type in place: {@code toType} would cut the graph. */
    static NDArray narrow(NDArray values, DataType type) {
        if (type == DataType.FLOAT64) {
            return values;
        }
        NDManager manager = values.getManager();
        return manager.zeros(values.getShape(), type).addi(values);
    }

    /** Rows that sum to one; a row of zeros becomes uniform. */
    static NDArray normalised(NDArray rows) {
        return normalised(rows, rows.getManager().ones(new Shape(1, 1), DataType.FLOAT64));
    }

    /**
     * Rows that sum to one.
     *
     * @param substitute what takes the place of a row of zeros, up to its sum
     */
    static NDArray normalised(NDArray rows, NDArray substitute) {
        NDArray empty = rows.sum(new int[] {1}, true).eq(0).toType(DataType.FLOAT64, false);
        NDArray filled = rows.add(substitute.mul(empty));
        return filled.div(filled.sum(new int[] {1}, true));
    }

    @Override
    JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(LAPLACE_SMOOTHING, coefficients().size() > own);
        return options;
    }

    /**
     * The arrays of the method and, where a file says so, the share of the uniform distribution.
     */
    static List<Coefficient> withShare(CalibratorFile file, List<Coefficient> own) {
        if (!file.options().get(LAPLACE_SMOOTHING).getAsBoolean()) {
            return own;
        }
        Coefficient share = file.coefficient(UNIFORM_SHARE, new Shape());
        Checks.strictlyWithin(UNIFORM_SHARE, share.scalar(), 0, 1);
        return withShare(own, share);
    }

    static List<Coefficient> withShare(List<Coefficient> own, long samples) {
        return withShare(own, Coefficient.scalar(UNIFORM_SHARE, 1.0 / (samples + 1)));
    }

    private static List<Coefficient> withShare(List<Coefficient> own, Coefficient share) {
        List<Coefficient> all = new ArrayList<>(own);
        all.add(share);
        return all;
    }
}
