package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import com.google.gson.JsonObject;
import dev.candor.calibrators.NeuralRankPreserving.Unit;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Dense;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.calibrators.internal.Positive;
import dev.candor.internal.Scalars;
import dev.candor.internal.Stable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A sum of increasing units, placed and scaled by a network that sees the sample. */
record RankPreservingNetwork(
        long classes, long features, int units, Unit unit, int top, int[] hidden, Dense dense)
        implements Network {

    private static final double LEAST_SCALE = 1e-3;
    private static final double LEAK = 0.2;

    /** Units begin with so small a part that they hardly show, but learn. */
    private static final double SMALL = -4;

    /** The softplus of this is less than rounding. */
    private static final double NONE = -60;

    /** Units begin evenly spaced from minus this to this. */
    private static final double SPREAD = 5;

    static RankPreservingNetwork of(
            long classes, long features, int units, Unit unit, int top, int[] hidden) {
        int seen = features > 0 ? Math.toIntExact(features) : top;
        Dense dense = Dense.of("unit", seen, hidden, 2 * units, Activation::relu);
        return new RankPreservingNetwork(classes, features, units, unit, top, hidden, dense);
    }

    @Override
    public List<Coefficient> start(Random random) {
        return start(random, SMALL);
    }

    @Override
    public List<Coefficient> identity() {
        return start(new Random(0), NONE);
    }

    private List<Coefficient> start(Random random, double part) {
        double[] parts = new double[units];
        Arrays.fill(parts, part);
        double[] output = new double[2 * units];
        for (int j = 0; j < units; j++) {
            output[j] = units == 1 ? 0 : SPREAD * (2.0 * j / (units - 1) - 1);
            output[units + j] = Positive.ONE;
        }
        List<Coefficient> arrays = new ArrayList<>();
        arrays.add(new Coefficient("slope", new Shape(1), new double[] {Positive.ONE}));
        arrays.add(new Coefficient("parts", new Shape(units), parts));
        dense.start(random, output, arrays);
        return arrays;
    }

    @Override
    public NDArray map(NDArray logits, NDArray features, NDList arrays) {
        NDArray seen = features == null ? logits.topK(top, 1).head() : features;
        NDArray placed = dense.map(seen, arrays.subNDList(2)).reshape(-1, 1, 2L * units);
        NDList halves = placed.split(2, 2);
        NDArray slope = Stable.softPlus(arrays.get(0));
        NDArray parts = Stable.softPlus(arrays.get(1));
        NDArray scales = Stable.softPlus(halves.get(1)).add(LEAST_SCALE);
        return logits.mul(slope).add(sum(logits, parts, halves.get(0), scales, unit));
    }

    /**
     * {@code sum_j a_j phi((z - b_j) / T_j)}.
     *
     * @param logits z, {@code [n, C]}
     * @param parts a, {@code [m]}
     * @param places b, {@code [m]} or {@code [n, 1, m]}
     * @param scales T, likewise
     */
    static NDArray sum(NDArray logits, NDArray parts, NDArray places, NDArray scales, Unit unit) {
        NDArray x = logits.expandDims(2).sub(places).div(scales);
        NDArray y =
                switch (unit) {
                    case LEAKY_RELU ->
                            Scalars.times(x, LEAK).add(Scalars.times(Activation.relu(x), 1 - LEAK));
                    case TANH -> x.tanh();
                    case SOFTPLUS -> Stable.softPlus(x);
                };
        return y.mul(parts).sum(new int[] {2});
    }

    @Override
    public String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays) {
        String seen = features == null ? graph.topK(logits, top, true).get(0) : features;
        List<Coefficient> layers = arrays.subList(2, arrays.size());
        String placed = dense.onnx(graph, seen, layers, "Relu");
        String last = graph.integers(1);
        String places = graph.add("Unsqueeze", graph.columns(placed, 0, units, 1), last);
        String raw = graph.add("Unsqueeze", graph.columns(placed, units, 2L * units, 1), last);
        String scales = graph.add("Add", graph.add("Softplus", raw), graph.number(LEAST_SCALE));
        String each = graph.add("Unsqueeze", logits, graph.integers(2));
        String x = graph.add("Div", graph.add("Sub", each, places), scales);
        String y =
                switch (unit) {
                    case LEAKY_RELU -> graph.add("Max", x, graph.add("Mul", x, graph.number(LEAK)));
                    case TANH -> graph.add("Tanh", x);
                    case SOFTPLUS -> graph.add("Softplus", x);
                };
        String slope = graph.add("Softplus", graph.constant(arrays.get(0)));
        String parts = graph.add("Softplus", graph.constant(arrays.get(1)));
        String sum =
                graph.add(
                        "ReduceSum",
                        Map.of("keepdims", 0),
                        graph.add("Mul", y, parts),
                        graph.integers(2));
        return graph.add("Add", graph.add("Mul", logits, slope), sum);
    }

    @Override
    public long elementsOfSample(long rows) {
        return 5 * classes * units + 4 * dense.widest();
    }

    @Override
    public JsonObject options() {
        JsonObject options = new JsonObject();
        options.addProperty(NeuralRankPreserving.FEATURES, features);
        options.addProperty(NeuralRankPreserving.UNITS, units);
        options.addProperty(NeuralRankPreserving.UNIT, unit.name());
        options.addProperty(NeuralRankPreserving.TOP, top);
        options.add(NeuralRankPreserving.HIDDEN, IntraOrderPreserving.toJson(hidden));
        return options;
    }
}
