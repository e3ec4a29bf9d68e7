package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.List;
import java.util.Random;

/**
 * The network of a calibrator: a function of logits, features and arrays. What applies, trains and
 * saves a calibrator goes through it.
 */
interface Network {

    /** The number of classes C. */
    long classes();

    /** The number of features, 0 where there are none. */
    long features();

    /** The arrays before training, at which the network is the identity or close to it. */
    List<Coefficient> start(Random random);

    /** Arrays of the same shapes at which it is the identity. */
    default List<Coefficient> identity() {
        return start(new Random(0));
    }

    /**
     * The calibrated logits. Builds a graph if one is collected.
     *
     * @param logits float32 or float64
     * @param features of the same type, standardised; null where there are none
     * @param arrays of the same type, in the order of {@link #start}
     */
    NDArray map(NDArray logits, NDArray features, NDList arrays);

    /**
     * Adds the map to an ONNX graph.
     *
     * @return the name of the calibrated logits; null where the map cannot be exported
     */
    String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays);

    /**
     * How many elements the map makes of a sample.
     *
     * @param rows of classes that the sample holds
     */
    long elementsOfSample(long rows);

    /** What a saved file must tell beside the arrays. */
    JsonObject options();

    /** The shape in which the mean of the features meets them. */
    default Shape featureShape() {
        return new Shape(features());
    }

    /** The calibrated logits with classes last, {@code [M, C]}. */
    default NDArray rows(NDArray calibrated) {
        return calibrated;
    }

    /** Features with their numbers last, {@code [M, F]}. */
    default NDArray featureRows(NDArray features) {
        return features;
    }

    /** The loss of each row of a batch that training minimises, {@code [M]}. */
    default NDArray loss(Batch batch, NDList arrays, Objective objective, Random random) {
        return batch.losses(rows(map(batch.logits(), batch.features(), arrays)), objective);
    }

    /** Checks the shapes of logits and features and puts samples on the first axis. */
    default NDList samples(NDArray logits, NDArray features) {
        Shape shape = logits.getShape();
        int last = shape.dimension() - 1;
        Checks.that(
                last >= 0 && shape.get(last) == classes(),
                "logits have shape %s, expected %d classes as last axis",
                shape,
                classes());
        NDList samples = new NDList(logits.reshape(-1, classes()));
        if (features() > 0) {
            Shape expected = shape.slice(0, last).add(features());
            Checks.that(
                    features.getShape().equals(expected),
                    "features have shape %s for logits of shape %s, expected %s",
                    features.getShape(),
                    shape,
                    expected);
            samples.add(features.reshape(-1, features()));
        }
        return samples;
    }
}
