package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import com.google.gson.JsonObject;
import dev.candor.calibrators.IntraOrderPreserving.Form;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Dense;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.calibrators.internal.Positive;
import dev.candor.internal.Stable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Stretches the gap between each two logits that follow each other by size. */
record IntraOrderNetwork(Form form, long classes, int[] hidden, Dense dense) implements Network {

    private static final NDIndex ALL_BUT_FIRST = new NDIndex(":, 1:");
    private static final NDIndex ALL_BUT_LAST = new NDIndex(":, :-1");

    /** Elements of a sample beside those of the layers, for each class. */
    private static final int ELEMENTS_OF_CLASS = 10;

    static IntraOrderNetwork of(Form form, long classes, int[] hidden) {
        int size = Math.toIntExact(classes);
        Dense dense = Dense.of("gap", size, hidden, size - 1, Activation::relu);
        return new IntraOrderNetwork(form, classes, hidden, dense);
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public List<Coefficient> start(Random random) {
        List<Coefficient> arrays = new ArrayList<>();
        double[] ones = new double[(int) classes - 1];
        Arrays.fill(ones, Positive.ONE);
        dense.start(random, ones, arrays);
        return arrays;
    }

    @Override
    public NDArray map(NDArray logits, NDArray features, NDList arrays) {
        NDArray order = logits.argSort(1);
        NDArray ascending = logits.gather(order, 1);
        NDArray gaps = ascending.get(ALL_BUT_FIRST).sub(ascending.get(ALL_BUT_LAST));
        NDArray seen = form == Form.OP ? logits : ascending.flip(1);
        NDArray rises = gaps.mul(Stable.softPlus(dense.map(seen, arrays))).cumSum(1);
        NDArray least =
                logits.getManager()
                        .zeros(new Shape(logits.getShape().get(0), 1), logits.getDataType());
        return least.concat(rises, 1).gather(order.argSort(1), 1);
    }

    @Override
    public String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays) {
        List<String> sorted = graph.topK(logits, classes, false);
        String ascending = sorted.get(0);
        String above = graph.columns(ascending, 1, classes, 1);
        String below = graph.columns(ascending, 0, classes - 1, 1);
        String gaps = graph.add("Sub", above, below);
        String seen = form == Form.OP ? logits : graph.columns(ascending, -1, Long.MIN_VALUE, -1);
        String rates = graph.add("Softplus", dense.onnx(graph, seen, arrays, "Relu"));
        String rises = graph.add("CumSum", graph.add("Mul", gaps, rates), graph.integers(1));
        String first = graph.columns(ascending, 0, 1, 1);
        String mapped =
                graph.add("Concat", Map.of("axis", 1), graph.add("Sub", first, first), rises);
        String places = graph.topK(sorted.get(1), classes, false).get(1);
        return graph.add("GatherElements", Map.of("axis", 1), mapped, places);
    }

    @Override
    public long elementsOfSample(long rows) {
        return ELEMENTS_OF_CLASS * classes + 4 * dense.widest();
    }

    @Override
    public JsonObject options() {
        return IntraOrderPreserving.options(form, hidden);
    }
}
