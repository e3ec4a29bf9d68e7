package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Tells a temperature for each pixel from the logits around it, and from the image, by a tree of
 * convolutions that gates mix. All that see the logits are channels of one convolution: four
 * leaves, three gates, and the gate of the image.
 */
record LocalTemperatureNetwork(long classes, long features) implements Network {

    private static final int KERNEL = 5;
    private static final int DILATION = 2;
    private static final int PADDING = 4;
    private static final int LEAVES = 4;
    private static final int GATES = 3;
    private static final double LEAST_TEMPERATURE = 1e-8;

    /** Half the width in which gates begin: leaves that see equal gates would stay equal. */
    private static final double GATE_BOUND = 0.5;

    /**
     * A leaf, and with all of them the temperature, is one more than the convolution twice over.
     */
    private static final double BIAS_OF_ONE = -1;

    private static final int ELEMENTS_OF_CLASS = 6;
    private static final int ELEMENTS_OF_PIXEL = 60;

    @Override
    public List<Coefficient> start(Random random) {
        int channels = channels();
        double[] bias = new double[channels];
        Arrays.setAll(
                bias, i -> i < LEAVES ? BIAS_OF_ONE : GATE_BOUND * (2 * random.nextDouble() - 1));
        List<Coefficient> arrays = new ArrayList<>();
        arrays.add(weights("logitWeights", channels, classes));
        arrays.add(new Coefficient("logitBias", new Shape(channels), bias));
        if (features > 0) {
            arrays.add(weights("imageWeights", 1, features));
            arrays.add(new Coefficient("imageBias", new Shape(1), new double[] {BIAS_OF_ONE}));
        }
        return arrays;
    }

    private int channels() {
        return LEAVES + GATES + (features > 0 ? 1 : 0);
    }

    private static Coefficient weights(String name, long output, long input) {
        Shape shape = new Shape(output, input, KERNEL, KERNEL);
        return new Coefficient(name, shape, new double[(int) shape.size()]);
    }

    @Override
    public NDArray map(NDArray logits, NDArray image, NDList arrays) {
        NDList parts = convolved(logits, arrays.get(0), arrays.get(1)).split(channels(), 1);
        NDArray first = mixed(gate(parts, 0), leaf(parts, 0), leaf(parts, 1));
        NDArray second = mixed(gate(parts, 1), leaf(parts, 2), leaf(parts, 3));
        NDArray tree = mixed(gate(parts, 2), first, second);
        if (image != null) {
            NDArray seen = convolved(image, arrays.get(2), arrays.get(3)).add(1);
            tree = mixed(gate(parts, GATES), tree, seen);
        }
        return logits.div(Activation.relu(tree.add(1)).add(LEAST_TEMPERATURE));
    }

    @Override
    public String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays) {
        return null;
    }

    private static NDArray leaf(NDList parts, int index) {
        return parts.get(index).add(1);
    }

    private static NDArray gate(NDList parts, int index) {
        return Activation.sigmoid(parts.get(LEAVES + index));
    }

    private static NDArray mixed(NDArray gate, NDArray first, NDArray second) {
        return second.add(gate.mul(first.sub(second)));
    }

    private static NDArray convolved(NDArray x, NDArray weights, NDArray bias) {
        Shape unit = new Shape(1, 1);
        Shape dilation = new Shape(DILATION, DILATION);
        NDArray padded = reflected(reflected(x, 2), 3);
        return Conv2d.conv2d(padded, weights, bias, unit, new Shape(0, 0), dilation)
                .singletonOrThrow();
    }

    private static NDArray reflected(NDArray x, int axis) {
        int length = (int) x.getShape().get(axis);
        long[] places = new long[length + 2 * PADDING];
        for (int i = 0; i < places.length; i++) {
            int place = Math.abs(i - PADDING);
            places[i] = place < length ? place : 2L * (length - 1) - place;
        }
        // A copy: the backward pass needs the places, and Java may have collected its own by then.
        try (NDArray borrowed = x.getManager().create(places)) {
            NDArray index = borrowed.duplicate();
            return x.get(new NDIndex(axis == 2 ? ":, :, {}" : ":, :, :, {}", index));
        }
    }

    @Override
    public NDArray rows(NDArray calibrated) {
        return calibrated.transpose(0, 2, 3, 1).reshape(-1, classes);
    }

    @Override
    public NDArray featureRows(NDArray images) {
        return images.transpose(0, 2, 3, 1).reshape(-1, features);
    }

    @Override
    public Shape featureShape() {
        return new Shape(features, 1, 1);
    }

    @Override
    public NDList samples(NDArray logits, NDArray image) {
        Shape shape = logits.getShape();
        check(shape);
        Checks.that(
                shape.get(1) == classes,
                "logits have shape %s, expected [N, C, H, W] with %d classes",
                shape,
                classes);
        if (features == 0) {
            return new NDList(logits);
        }
        Shape expected = new Shape(shape.get(0), features, shape.get(2), shape.get(3));
        Checks.that(
                image.getShape().equals(expected),
                "images have shape %s for logits of shape %s, expected %s",
                image.getShape(),
                shape,
                expected);
        return new NDList(logits, image);
    }

    /** Checks that logits are those of images that can be reflected at their edges. */
    static void check(Shape logits) {
        Checks.that(logits.dimension() == 4, "logits have shape %s, expected [N, C, H, W]", logits);
        Checks.that(
                logits.get(2) > PADDING && logits.get(3) > PADDING,
                "logits have shape %s, expected at least %d rows and columns of pixels",
                logits,
                PADDING + 1);
    }

    @Override
    public long elementsOfSample(long rows) {
        return rows * (ELEMENTS_OF_CLASS * classes + ELEMENTS_OF_PIXEL);
    }

    @Override
    public JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(LocalTemperatureScaling.CHANNELS, features);
        return options;
    }
}
