package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A calibrator that is a network. Its coefficients are a temperature by which the logits are
 * divided first, the mean and the scale by which features are standardised, and the arrays of the
 * network, which training a block changes.
 */
abstract class NeuralCalibrator extends FittedCalibrator {

    static final String TEMPERATURE = "temperature";
    static final String FEATURE_MEAN = "featureMean";
    static final String FEATURE_SCALE = "featureScale";

    /** Elements that the map makes at once: enough for an accelerator, in 32 MB of float64. */
    private static final long ELEMENTS_AT_ONCE = 1L << 22;

    private final Network network;

    NeuralCalibrator(
            String method, Network network, List<Coefficient> coefficients, FitSummary summary) {
        super(method, network.classes(), coefficients, summary);
        this.network = network;
    }

    final Network network() {
        return network;
    }

    @Override
    public boolean preservesRanking() {
        return true;
    }

    /** How many coefficients come before the arrays of a network. */
    static int frozen(Network network) {
        return network.features() > 0 ? 3 : 1;
    }

    /** The coefficients of logits and features as they come. */
    static List<Coefficient> given(Network network, List<Coefficient> arrays) {
        return coefficients(network, 1, Moments.standard((int) network.features()), arrays);
    }

    static List<Coefficient> coefficients(
            Network network, double temperature, Moments moments, List<Coefficient> arrays) {
        List<Coefficient> coefficients = new ArrayList<>();
        coefficients.add(Coefficient.scalar(TEMPERATURE, temperature));
        if (network.features() > 0) {
            coefficients.add(new Coefficient(FEATURE_MEAN, network.featureShape(), moments.mean()));
            coefficients.add(
                    new Coefficient(FEATURE_SCALE, network.featureShape(), moments.scale()));
        }
        coefficients.addAll(arrays);
        return coefficients;
    }

    /** Those of a file, if they are what the network needs. */
    static List<Coefficient> coefficients(CalibratorFile file, Network network) {
        List<Coefficient> expected = given(network, network.start(new Random(0)));
        List<Coefficient> found = new ArrayList<>();
        for (Coefficient coefficient : expected) {
            found.add(file.coefficient(coefficient.name(), coefficient.shape()));
        }
        Checks.positive(TEMPERATURE, found.get(0).scalar());
        return AffineMap.finite(found);
    }

    @Override
    final boolean isTrained(int index) {
        return index >= frozen(network);
    }

    @Override
    final JsonObject options() {
        return network.options();
    }

    @Override
    final String onnx(OnnxGraph graph, String logits) {
        String scaled = graph.add("Div", logits, graph.number(coefficients().get(0).scalar()));
        String features = null;
        if (network.features() > 0) {
            String mean = graph.constant(coefficients().get(1));
            String scale = graph.constant(coefficients().get(2));
            features = graph.features(network.features());
            features = graph.add("Div", graph.add("Sub", features, mean), scale);
        }
        List<Coefficient> arrays = coefficients().subList(frozen(network), coefficients().size());
        String calibrated = network.onnx(graph, scaled, features, arrays);
        if (calibrated == null) {
            throw notExported("its logits are [N, C, H, W], not the rows of these models");
        }
        return calibrated;
    }

    @Override
    final NDArray map(NDArray logits, NDList coefficients) {
        return map(network, new Batch(logits, null, null, null), coefficients);
    }

    /** The calibrated logits of a batch. */
    static NDArray map(Network network, Batch batch, NDList coefficients) {
        Batch prepared = prepared(network, batch, coefficients);
        NDList arrays = coefficients.subNDList(frozen(network));
        return network.map(prepared.logits(), prepared.features(), arrays);
    }

    /** The batch as the network sees it. */
    static Batch prepared(Network network, Batch batch, NDList coefficients) {
        NDArray features = batch.features();
        if (network.features() > 0) {
            features = features.sub(coefficients.get(1)).div(coefficients.get(2));
        }
        NDArray logits = batch.logits().div(coefficients.get(0));
        return new Batch(logits, features, batch.labels(), batch.weights());
    }

    @Override
    final NDArray apply(NDList inputs, NDList arrays) {
        NDArray logits = inputs.head();
        Checks.that(
                logits.getDataType().isFloating(),
                "logits have type %s, expected a floating-point type",
                logits.getDataType());
        boolean needsFeatures = network.features() > 0;
        Checks.that(
                inputs.size() == (needsFeatures ? 2 : 1),
                needsFeatures
                        ? "%d arrays for a calibrator of method '%s', expected logits and features"
                        : "%d arrays for a calibrator of method '%s', expected logits alone",
                inputs.size(),
                method());
        try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
            scope.tempAttachAll(inputs.toArray(new NDArray[0]));
            NDList own = new NDList(coefficients().size());
            for (int i = 0; i < coefficients().size(); i++) {
                NDArray array =
                        arrays == null
                                ? coefficients().get(i).in(scope).duplicate()
                                : linked(arrays.get(i), scope);
                own.add(i == 0 ? array : typed(array, logits.getDataType()));
            }
            NDArray features = needsFeatures ? typed(inputs.get(1), logits.getDataType()) : null;
            NDList samples = network.samples(logits, features);
            return scope.ret(inParts(samples, own).reshape(logits.getShape()));
        }
    }

    /** A view that belongs to a manager and stays in the graph of its array. */
    private static NDArray linked(NDArray array, NDManager scope) {
        NDArray view = array.reshape(array.getShape());
        view.attach(scope);
        return view;
    }

    /** The array in another type. Towards float64 by promotion: {@code toType} cuts the graph. */
    private static NDArray typed(NDArray array, DataType type) {
        if (array.getDataType() == DataType.FLOAT32 && type == DataType.FLOAT64) {
            return array.mul(array.getManager().ones(new Shape(1), type));
        }
        return array.toType(type, false);
    }

    private NDArray inParts(NDList samples, NDList coefficients) {
        long size = samples.head().getShape().get(0);
        long rows = samples.head().size() / Math.max(1, size * classes());
        long step = Math.max(1, ELEMENTS_AT_ONCE / network.elementsOfSample(Math.max(1, rows)));
        if (size <= step) {
            return mapped(samples, coefficients);
        }
        NDList parts = new NDList();
        for (long first = 0; first < size; first += step) {
            NDIndex slice = new NDIndex().addSliceDim(first, Math.min(size, first + step));
            try (NDManager scope = samples.head().getManager().newSubManager()) {
                NDList part = new NDList();
                samples.forEach(array -> part.add(array.get(scope, slice)));
                parts.add(scope.ret(mapped(part, coefficients)));
            }
        }
        return NDArrays.concat(parts, 0);
    }

    private NDArray mapped(NDList samples, NDList coefficients) {
        NDArray logits = samples.head();
        return samples.size() == 1
                ? map(logits, coefficients)
                : map(network, new Batch(logits, samples.get(1), null, null), coefficients);
    }
}
