package dev.candor.training.ensemble;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.GhostBatchNorm;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Running statistics of batch normalisation for weights that were not trained as they are, such as
 * averages.
 *
 * <pre>
 *   running = (1/B) sum_b statistic of batch b
 * </pre>
 *
 * <p>One pass over the data in training mode, which draws dropout masks too. All batches count
 * alike, as in {@code torch.optim.swa_utils.update_bn}.
 */
public final class BatchStatistics {

    private BatchStatistics() {}

    /**
     * Replaces the running statistics of all batch normalisations of a model. A model without any
     * is left as it is, and its data are not read. After an exception the statistics are those from
     * before.
     *
     * @param model an initialised model; not to be used by others meanwhile
     * @param dataset batches such as those of training
     * @throws IOException if the data cannot be read
     * @throws TranslateException if they cannot be batched
     * @throws IllegalArgumentException if there is no batch, or a {@link GhostBatchNorm}
     */
    public static void refresh(Model model, Dataset dataset)
            throws IOException, TranslateException {
        Set<BatchNorm> norms = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(model.getBlock(), norms);
        if (norms.isEmpty()) {
            return;
        }
        try (NDManager scope = model.getNDManager().newSubManager()) {
            Map<Parameter, NDArray> before = new LinkedHashMap<>();
            Map<Parameter, NDArray> sums = new LinkedHashMap<>();
            Map<Parameter, Double> shares = new LinkedHashMap<>();
            for (BatchNorm norm : norms) {
                Checks.that(
                        !(norm instanceof GhostBatchNorm),
                        "model '%s' has a GhostBatchNorm, whose statistics depend on how it cuts"
                                + " a batch",
                        model.getName());
                double share = 1 - momentum(norm, scope);
                for (Parameter parameter : norm.getDirectParameters().values()) {
                    if (isStatistic(parameter)) {
                        NDArray copy = parameter.getArray().duplicate();
                        copy.attach(scope);
                        before.put(parameter, copy);
                        sums.put(parameter, copy.zerosLike());
                        shares.put(parameter, share);
                    }
                }
            }
            boolean done = false;
            try {
                int batches = add(model, dataset, sums);
                Checks.that(batches > 0, "the dataset has no batch, expected at least one");
                sums.forEach(
                        (parameter, sum) ->
                                set(parameter, sum.div(batches * shares.get(parameter))));
                done = true;
            } finally {
                if (!done) {
                    before.forEach(BatchStatistics::set);
                }
            }
        }
    }

    private static void collect(Block block, Set<BatchNorm> norms) {
        if (block instanceof BatchNorm norm) {
            norms.add(norm);
        }
        block.getChildren().values().forEach(child -> collect(child, norms));
    }

    private static boolean isStatistic(Parameter parameter) {
        return switch (parameter.getType()) {
            case RUNNING_MEAN, RUNNING_VAR -> true;
            default -> false;
        };
    }

    /** Runs each batch on statistics of zero, and adds up what it leaves there. */
    private static int add(Model model, Dataset dataset, Map<Parameter, NDArray> sums)
            throws IOException, TranslateException {
        int batches = 0;
        for (Batch batch : dataset.getData(model.getNDManager())) {
            try (NDManager scope = model.getNDManager().newSubManager()) {
                sums.keySet().forEach(parameter -> parameter.getArray().muli(0));
                NDList data = batch.getData().toDevice(model.getNDManager().getDevice(), false);
                NDList inputs = new NDList(data.size());
                for (NDArray array : data) {
                    NDArray view = array.stopGradient();
                    view.attach(scope);
                    inputs.add(view);
                }
                model.getBlock().forward(new ParameterStore(scope, false), inputs, true);
                sums.forEach((parameter, sum) -> sum.addi(parameter.getArray()));
                batches++;
            } finally {
                batch.close();
            }
        }
        return batches;
    }

    private static void set(Parameter parameter, NDArray values) {
        values.copyTo(parameter.getArray());
    }

    /**
     * The weight of the old statistic, which the block does not tell: the difference that ones make
     * where zeros stood.
     */
    private static double momentum(BatchNorm norm, NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = norm.getInputShapes()[0];
            long[] extents = shape.getShape().clone();
            extents[0] = 2;
            NDArray input = scope.arange(0, new Shape(extents).size(), 1, DataType.FLOAT32);
            NDList inputs = new NDList(input.reshape(new Shape(extents)));
            return left(norm, inputs, 1, scope) - left(norm, inputs, 0, scope);
        }
    }

    private static double left(BatchNorm norm, NDList inputs, float before, NDManager scope) {
        Map<Parameter, NDArray> own = new IdentityHashMap<>();
        ParameterStore store =
                new ParameterStore(scope, false) {
                    @Override
                    public NDArray getValue(Parameter parameter, Device device, boolean training) {
                        return own.computeIfAbsent(
                                parameter, p -> scope.full(p.getArray().getShape(), before));
                    }
                };
        norm.forward(store, inputs, true);
        return own.entrySet().stream()
                .filter(entry -> entry.getKey().getType() == Parameter.Type.RUNNING_MEAN)
                .mapToDouble(entry -> entry.getValue().toFloatArray()[0])
                .findFirst()
                .orElseThrow();
    }
}
