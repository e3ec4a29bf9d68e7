package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import com.google.gson.JsonObject;
import dev.candor.calibrators.IntraOrderPreserving.Form;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.Dense;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Scalars;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One increasing function of each logit, the integral of a positive network.
 *
 * <p>The network is evaluated at the places of a grid and taken as linear between them, so that its
 * integral is known everywhere, grows everywhere, and costs as much however many logits there are.
 * Beyond the grid the function goes on as a line.
 */
record DiagonalNetwork(long classes, int[] hidden, Dense dense) implements Network {

    /** Where the grid ends, on either side of zero. */
    static final double REACH = 50;

    /** Cells of the grid: a power of two, so that places are exact in float32. */
    static final int CELLS = 1 << 13;

    static final double WIDTH = 2 * REACH / CELLS;

    /** Keeps the function increasing where the network says that it is flat. */
    private static final double LEAST_SLOPE = 1e-8;

    private static final NDIndex ALL_BUT_FIRST = new NDIndex("1:");
    private static final NDIndex ALL_BUT_LAST = new NDIndex(":-1");

    /** Elements of a sample for each class. */
    private static final int ELEMENTS_OF_CLASS = 14;

    static DiagonalNetwork of(long classes, int[] hidden) {
        return new DiagonalNetwork(
                classes, hidden, Dense.of("slope", 1, hidden, 1, Activation::relu));
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public List<Coefficient> start(Random random) {
        List<Coefficient> arrays = new ArrayList<>();
        dense.start(random, new double[1], arrays);
        return arrays;
    }

    /**
     * The function on the grid.
     *
     * @param places where its cells begin, a cell beyond either end included
     * @param values of the function there, zero at zero
     * @param slopes its derivative there
     * @param bends half its second derivative in the cell
     */
    record Table(NDArray places, NDArray values, NDArray slopes, NDArray bends) {}

    Table table(NDManager manager, DataType type, NDList arrays) {
        NDArray cells = manager.arange(-1, CELLS + 2, 1, type);
        NDArray places = cells.mul(WIDTH).sub(REACH);
        NDArray within = clipped(places, -REACH, REACH).expandDims(1);
        NDArray net = dense.map(within, arrays).squeeze(1);
        NDArray slope = Activation.elu(net, 1).add(1).add(LEAST_SLOPE);
        NDArray begin = slope.get(ALL_BUT_LAST);
        NDArray end = slope.get(ALL_BUT_FIRST);
        NDArray rises = Scalars.times(begin.add(end), WIDTH / 2).cumSum(0);
        NDArray values = rises.getManager().zeros(new Shape(1), type).concat(rises);
        NDArray middle = values.get(new NDIndex(CELLS / 2 + 1 + ":" + (CELLS / 2 + 2)));
        return new Table(
                places,
                values.get(ALL_BUT_LAST).sub(middle),
                begin,
                Scalars.over(end.sub(begin), 2 * WIDTH));
    }

    @Override
    public NDArray map(NDArray logits, NDArray features, NDList arrays) {
        NDArray z = logits.flatten();
        Table table = table(z.getManager(), z.getDataType(), arrays);
        NDArray steps = z.stopGradient().add(REACH).div(WIDTH).floor().add(1);
        NDArray index = clipped(steps, 0, CELLS + 1).toType(DataType.INT64, false);
        // What is no number has become an index out of range.
        NDArray cell = clipped(index, 0, CELLS + 1);
        NDArray way = z.sub(table.places.gather(cell, 0));
        NDArray slope = table.slopes.gather(cell, 0).add(table.bends.gather(cell, 0).mul(way));
        NDArray value = table.values.gather(cell, 0).add(slope.mul(way));
        return value.reshape(logits.getShape());
    }

    /** The network is known, so that its table is all that an export needs. */
    @Override
    public String onnx(OnnxGraph graph, String logits, String features, List<Coefficient> arrays) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList own = new NDList();
            arrays.forEach(array -> own.add(array.in(manager)));
            Table table = table(manager, DataType.FLOAT64, own);
            String steps = graph.add("Add", logits, graph.number(REACH));
            steps = graph.add("Floor", graph.add("Div", steps, graph.number(WIDTH)));
            steps = graph.clip(graph.add("Add", steps, graph.number(1)), 0, CELLS + 1);
            String cell = graph.integer(steps);
            String way = graph.add("Sub", logits, gathered(graph, table.places, cell));
            String slope = graph.add("Mul", gathered(graph, table.bends, cell), way);
            slope = graph.add("Add", slope, gathered(graph, table.slopes, cell));
            String rise = graph.add("Mul", slope, way);
            return graph.add("Add", gathered(graph, table.values, cell), rise);
        }
    }

    private static String gathered(OnnxGraph graph, NDArray column, String cell) {
        double[] values = column.toDoubleArray();
        return graph.add("Gather", graph.constant(values, values.length), cell);
    }

    private static NDArray clipped(NDArray x, double low, double high) {
        return Scalars.atMost(Scalars.atLeast(x, low), high);
    }

    @Override
    public long elementsOfSample(long rows) {
        return ELEMENTS_OF_CLASS * classes;
    }

    @Override
    public JsonObject options() {
        return IntraOrderPreserving.options(Form.DIAG, hidden);
    }
}
