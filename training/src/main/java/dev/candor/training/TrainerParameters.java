package dev.candor.training;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters that a trainer trains, as they are on its devices. Where a model lives on another
 * device than its trainer, {@link Parameter#getArray()} is out of date until the trainer closes.
 */
final class TrainerParameters {

    private final Block network;
    private final ParameterStore store;
    private final Device[] devices;

    private TrainerParameters(Block network, ParameterStore store, Device[] devices) {
        this.network = network;
        this.store = store;
        this.devices = devices;
    }

    static TrainerParameters of(Trainer trainer) {
        Model model = trainer.getModel();
        Block network = model.getBlock();
        StoreProbe probe = new StoreProbe();
        model.setBlock(probe);
        try {
            trainer.evaluate(new NDList());
        } finally {
            model.setBlock(network);
        }
        return new TrainerParameters(network, probe.store, trainer.getDevices());
    }

    /** The values on the first device, by the name of the parameter. */
    Map<String, NDArray> values() {
        return values(devices[0]);
    }

    /** The values on each device, by the name of the parameter. */
    List<Map<String, NDArray>> mirrors() {
        return Arrays.stream(devices).map(this::values).toList();
    }

    private Map<String, NDArray> values(Device device) {
        Map<String, NDArray> values = new LinkedHashMap<>();
        network.getParameters()
                .forEach(
                        parameter ->
                                values.put(parameter.getKey(), on(parameter.getValue(), device)));
        return values;
    }

    /** The id of each parameter, by which optimizers keep state, by its name. */
    Map<String, String> ids() {
        Map<String, String> ids = new LinkedHashMap<>();
        network.getParameters()
                .forEach(parameter -> ids.put(parameter.getKey(), parameter.getValue().getId()));
        return ids;
    }

    /** Sets the values on all devices and in the model. */
    void set(Map<String, NDArray> values) {
        check(values);
        network.getParameters()
                .forEach(
                        parameter -> {
                            NDArray value = values.get(parameter.getKey());
                            NDArray home = parameter.getValue().getArray();
                            value.copyTo(home);
                            for (Device device : devices) {
                                NDArray mirror = on(parameter.getValue(), device);
                                if (mirror != home) {
                                    value.copyTo(mirror);
                                }
                            }
                        });
    }

    private void check(Map<String, NDArray> values) {
        network.getParameters()
                .forEach(
                        parameter -> {
                            NDArray value = values.get(parameter.getKey());
                            Shape expected = parameter.getValue().getArray().getShape();
                            Checks.that(
                                    value != null,
                                    "the checkpoint has no parameter %s, expected that of the same"
                                            + " network",
                                    parameter.getKey());
                            Checks.that(
                                    value.getShape().equals(expected),
                                    "parameter %s has shape %s in the checkpoint, expected %s",
                                    parameter.getKey(),
                                    value.getShape(),
                                    expected);
                        });
    }

    private NDArray on(Parameter parameter, Device device) {
        return store.getValue(parameter, device, true);
    }

    /** Stands in for the network for one call, to be handed the trainer's parameter store. */
    private static final class StoreProbe extends AbstractBlock {

        private ParameterStore store;

        @Override
        protected NDList forwardInternal(
                ParameterStore parameterStore,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            store = parameterStore;
            return inputs;
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputShapes) {
            return inputShapes;
        }
    }
}
