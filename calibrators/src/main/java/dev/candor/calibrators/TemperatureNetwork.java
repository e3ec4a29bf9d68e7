package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Dense;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Scalars;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Tells a temperature from the greatest logits of a sample. */
record TemperatureNetwork(long classes, int top, int[] hidden, Dense dense) implements Network {

    static final double LEAST_TEMPERATURE = 1e-3;

    private static final int ELEMENTS_OF_CLASS = 4;

    static TemperatureNetwork of(long classes, int top, int[] hidden) {
        Dense dense = Dense.of("temperature", top, hidden, 1, Activation::relu);
        return new TemperatureNetwork(classes, top, hidden, dense);
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public List<Coefficient> start(Random random) {
        List<Coefficient> arrays = new ArrayList<>();
        dense.start(random, new double[] {1}, arrays);
        return arrays;
    }

    @Override
    public NDArray map(NDArray logits, NDArray features, NDList arrays) {
        NDArray greatest = logits.topK(top, 1).head();
        return logits.div(Scalars.atLeast(dense.map(greatest, arrays).abs(), LEAST_TEMPERATURE));
    }

    @Override
    public String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays) {
        String greatest = graph.topK(logits, top, true).get(0);
        String temperature = graph.add("Abs", dense.onnx(graph, greatest, arrays, "Relu"));
        String least = graph.number(LEAST_TEMPERATURE);
        return graph.add("Div", logits, graph.add("Max", temperature, least));
    }

    @Override
    public long elementsOfSample(long rows) {
        return ELEMENTS_OF_CLASS * classes + 4 * dense.widest();
    }

    @Override
    public JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(ParameterizedTemperatureScaling.TOP, top);
        options.add(ParameterizedTemperatureScaling.HIDDEN, IntraOrderPreserving.toJson(hidden));
        return options;
    }
}
