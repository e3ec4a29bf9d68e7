package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Dense;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.calibrators.internal.Positive;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Tells a temperature from how likely the latent variable of a sample is under each class, by a
 * variational auto-encoder of the features.
 */
record LatentTemperatureNetwork(
        long classes,
        long features,
        int latent,
        int[] encoderUnits,
        int[] hidden,
        Dense encoder,
        Dense decoder,
        Dense head)
        implements Network {

    private static final double LEAST_SCALE = 1e-3;
    private static final double LEAST_TEMPERATURE = 1e-3;
    private static final double LOG_TWO_PI = Math.log(2 * Math.PI);
    private static final int ELEMENTS_OF_CLASS = 8;
    private static final int[] ROW = {1};

    static LatentTemperatureNetwork of(
            long classes, long features, int latent, int[] encoderUnits, int[] hidden) {
        int width = Math.toIntExact(features);
        int[] reversed = reversed(encoderUnits);
        return new LatentTemperatureNetwork(
                classes,
                features,
                latent,
                encoderUnits,
                hidden,
                Dense.of("encoder", width, encoderUnits, 2 * latent, x -> Activation.elu(x, 1)),
                Dense.of("decoder", latent, reversed, width, x -> Activation.elu(x, 1)),
                Dense.of(
                        "temperature",
                        Math.toIntExact(classes),
                        hidden,
                        1,
                        x -> Activation.elu(x, 1)));
    }

    private static int[] reversed(int[] sizes) {
        List<Integer> list = new ArrayList<>(Arrays.stream(sizes).boxed().toList());
        Collections.reverse(list);
        return list.stream().mapToInt(size -> size).toArray();
    }

    @Override
    public List<Coefficient> start(Random random) {
        List<Coefficient> arrays = new ArrayList<>();
        Shape shape = new Shape(classes, latent);
        double[] means = new double[(int) shape.size()];
        double[] scales = new double[means.length];
        Arrays.setAll(means, i -> random.nextGaussian());
        Arrays.fill(scales, Positive.ONE);
        arrays.add(new Coefficient("priorMean", shape, means));
        arrays.add(new Coefficient("priorScale", shape, scales));
        encoder.start(random, arrays);
        head.start(random, new double[] {Positive.ONE}, arrays);
        decoder.start(random, arrays);
        return arrays;
    }

    @Override
    public NDArray map(NDArray logits, NDArray features, NDList arrays) {
        NDArray mean = encoded(features, arrays).head();
        return tempered(logits, mean, arrays);
    }

    /** Mean and scale of the latent variable of each sample, {@code [n, latent]}. */
    private NDList encoded(NDArray features, NDList arrays) {
        NDList halves = encoder.map(features, arrays.subNDList(2)).split(2, 1);
        return new NDList(halves.get(0), scale(halves.get(1)));
    }

    private static NDArray scale(NDArray raw) {
        return Scalars.atLeast(Stable.softPlus(raw), LEAST_SCALE);
    }

    private NDArray tempered(NDArray logits, NDArray latents, NDList arrays) {
        NDArray mean = arrays.get(0);
        NDArray scale = scale(arrays.get(1));
        NDArray precision = scale.square();
        precision = precision.onesLike().div(precision);
        NDArray square = latents.square().matMul(precision.transpose());
        NDArray product = latents.matMul(mean.mul(precision).transpose());
        NDArray constant = mean.square().mul(precision).add(Scalars.times(scale.log(), 2)).sum(ROW);
        NDArray likely =
                Scalars.times(
                        square.sub(Scalars.times(product, 2))
                                .add(constant)
                                .add(latent * LOG_TWO_PI),
                        -0.5);
        NDList layers = arrays.subNDList(2 + encoder.arrays());
        NDArray raw = head.map(likely, layers);
        return logits.div(Scalars.atLeast(Stable.softPlus(raw), LEAST_TEMPERATURE));
    }

    /**
     * The evidence bound of the auto-encoder joins the objective, and the latent variable is drawn.
     */
    @Override
    public NDArray loss(Batch batch, NDList arrays, Objective objective, Random random) {
        NDList encoded = encoded(batch.features(), arrays);
        NDArray mean = encoded.get(0);
        NDArray scale = encoded.get(1);
        NDArray drawn = mean.add(scale.mul(noise(mean, random)));
        NDArray rows = tempered(batch.logits(), drawn, arrays);
        NDList layers = arrays.subNDList(2 + encoder.arrays() + head.arrays());
        NDArray rebuilt = decoder.map(drawn, layers);
        NDArray error = batch.features().sub(rebuilt).abs().sum(ROW);
        NDIndex labels = new NDIndex("{}", batch.labels());
        NDArray priorMean = arrays.get(0).get(labels);
        NDArray priorScale = scale(arrays.get(1).get(labels));
        return batch.losses(rows, objective)
                .add(error.add(features * Math.log(2)))
                .add(divergence(mean, scale, priorMean, priorScale));
    }

    /** Divergence of normal distributions {@code q} from {@code p}, summed over the last axis. */
    static NDArray divergence(NDArray meanQ, NDArray scaleQ, NDArray meanP, NDArray scaleP) {
        NDArray away = meanQ.sub(meanP).div(scaleP).square();
        NDArray ratio = scaleQ.div(scaleP).square();
        NDArray sum = away.add(ratio).sub(ratio.log()).sub(1).sum(ROW);
        return Scalars.times(sum, 0.5);
    }

    private static NDArray noise(NDArray like, Random random) {
        double[] values = new double[(int) like.size()];
        Arrays.setAll(values, i -> random.nextGaussian());
        try (NDArray borrowed = like.getManager().create(values, like.getShape())) {
            return like.getDataType() == DataType.FLOAT64
                    ? borrowed.duplicate()
                    : borrowed.toType(like.getDataType(), true);
        }
    }

    @Override
    public String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays) {
        double[] means = arrays.get(0).values();
        double[] scales = arrays.get(1).values();
        int width = Math.toIntExact(classes);
        double[] square = new double[means.length];
        double[] product = new double[means.length];
        double[] constant = new double[width];
        for (int i = 0; i < means.length; i++) {
            double raw = Math.max(0, scales[i]) + Math.log1p(Math.exp(-Math.abs(scales[i])));
            double scale = Math.max(raw, LEAST_SCALE);
            double precision = 1 / (scale * scale);
            // By rows of classes there, by columns of classes here.
            int at = i % latent * width + i / latent;
            square[at] = -0.5 * precision;
            product[at] = means[i] * precision;
            constant[i / latent] -=
                    0.5 * means[i] * means[i] * precision + Math.log(scale) + LOG_TWO_PI / 2;
        }
        String encoded =
                encoder.onnx(graph, features, arrays.subList(2, 2 + encoder.arrays()), "Elu");
        String v = graph.columns(encoded, 0, latent, 1);
        String squares =
                graph.add("MatMul", graph.add("Mul", v, v), graph.constant(square, latent, width));
        String products = graph.add("MatMul", v, graph.constant(product, latent, width));
        String likely =
                graph.add(
                        "Add",
                        graph.add("Add", squares, products),
                        graph.constant(constant, width));
        List<Coefficient> layers = arrays.subList(2 + encoder.arrays(), arrays.size());
        String raw = graph.add("Softplus", head.onnx(graph, likely, layers, "Elu"));
        return graph.add("Div", logits, graph.add("Max", raw, graph.number(LEAST_TEMPERATURE)));
    }

    @Override
    public long elementsOfSample(long rows) {
        return ELEMENTS_OF_CLASS * classes + 4 * Math.max(encoder.widest(), head.widest());
    }

    @Override
    public JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(AdaptiveTemperatureScaling.FEATURES, features);
        options.addProperty(AdaptiveTemperatureScaling.LATENT, latent);
        options.add(AdaptiveTemperatureScaling.ENCODER, IntraOrderPreserving.toJson(encoderUnits));
        options.add(AdaptiveTemperatureScaling.HIDDEN, IntraOrderPreserving.toJson(hidden));
        return options;
    }
}
