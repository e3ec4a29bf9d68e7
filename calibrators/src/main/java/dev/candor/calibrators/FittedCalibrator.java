package dev.candor.calibrators;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A calibrator that is a function of a few named arrays. Holds what all of them share: checks,
 * files, blocks. A method adds its fit and {@link #map}.
 */
abstract class FittedCalibrator implements Calibrator {

    private final String method;
    private final long classes;
    private final List<Coefficient> coefficients;
    private final FitSummary summary;

    FittedCalibrator(
            String method, long classes, List<Coefficient> coefficients, FitSummary summary) {
        this.method = method;
        this.classes = classes;
        this.coefficients = List.copyOf(coefficients);
        this.summary = summary;
    }

    /**
     * The calibrated logits.
     *
     * @param logits any shape whose last axis holds the classes
     * @param coefficients the arrays of this calibrator, in their order, on the same device
     */
    abstract NDArray map(NDArray logits, NDList coefficients);

    /**
     * Adds this map to an ONNX graph of logits {@code [N, C]}.
     *
     * @return the name of the calibrated logits
     * @throws IllegalArgumentException if the method cannot be exported, and why
     */
    abstract String onnx(OnnxGraph graph, String logits);

    /** The error of a method that cannot be exported. */
    final IllegalArgumentException notExported(String reason) {
        return Checks.illegal(
                "a calibrator of method '%s' cannot be exported to ONNX: %s", method, reason);
    }

    /** What a saved file must tell beside the coefficients. */
    JsonObject options() {
        return new JsonObject();
    }

    /** Whether training a block may change the coefficient at this place. */
    boolean isTrained(int index) {
        return false;
    }

    final List<Coefficient> coefficients() {
        return coefficients;
    }

    @Override
    public final String method() {
        return method;
    }

    @Override
    public final long classes() {
        return classes;
    }

    @Override
    public final FitSummary summary() {
        return summary;
    }

    @Override
    public final NDArray apply(NDArray logits) {
        return apply(new NDList(logits), null);
    }

    /** Calibrates inputs with these arrays, or with its own if there are none. */
    NDArray apply(NDList inputs, NDList arrays) {
        NDArray logits = inputs.singletonOrThrow();
        Shape shape = logits.getShape();
        Checks.that(
                logits.getDataType().isFloating(),
                "logits have type %s, expected a floating-point type",
                logits.getDataType());
        Checks.that(
                shape.dimension() > 0,
                "logits have shape %s, expected classes as last axis",
                shape);
        long last = shape.get(shape.dimension() - 1);
        Checks.that(
                classes == 0 || last == classes,
                "logits have shape %s, expected %d classes as last axis",
                shape,
                classes);
        Checks.that(last > 1, "logits have shape %s, expected at least two classes", shape);
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            scope.tempAttachAll(logits);
            NDList own = new NDList(coefficients.size());
            for (int i = 0; i < coefficients.size(); i++) {
                own.add(
                        arrays == null
                                ? coefficients.get(i).in(scope)
                                : view(arrays.get(i), scope));
            }
            return scope.ret(map(logits, own));
        }
    }

    /** What is computed from a view belongs to its manager, not to that of a parameter. */
    static NDArray view(NDArray array, NDManager scope) {
        NDArray view = array.stopGradient();
        view.attach(scope);
        return view;
    }

    @Override
    public final Block asBlock() {
        return new CalibratorBlock(this);
    }

    @Override
    public final Model attachTo(Model model) {
        Block network = model.getBlock();
        Checks.that(network != null, "model '%s' has no block to calibrate", model.getName());
        network.getParameters()
                .forEach(
                        parameter ->
                                Checks.that(
                                        parameter.getValue().isInitialized(),
                                        "parameter %s of model '%s' has no values: train or load"
                                                + " the model first",
                                        parameter.getKey(),
                                        model.getName()));
        model.setBlock(CalibratedNetwork.of(network, asBlock(), model));
        return model;
    }

    @Override
    public final void save(Path file) throws IOException {
        toFile(summary).write(file);
    }

    /** What is saved, with this summary. */
    final CalibratorFile toFile(FitSummary other) {
        return new CalibratorFile(method, classes, options(), other.toJson(), coefficients);
    }

    /** What would be saved if these were the coefficients. */
    final CalibratorFile toFile(List<Coefficient> others) {
        JsonObject given = FitSummary.given(others).toJson();
        return new CalibratorFile(method, classes, options(), given, others);
    }

    @Override
    public final String toString() {
        return method + ": " + summary;
    }
}
