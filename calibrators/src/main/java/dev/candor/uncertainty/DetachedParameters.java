package dev.candor.uncertainty;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The parameters of a model without their graph. Running statistics are copies, so that whatever a
 * block writes to them does not reach the model.
 */
final class DetachedParameters extends ParameterStore {

    private final NDManager scope;
    private final Map<Pair<String, Device>, NDArray> values = new ConcurrentHashMap<>();

    DetachedParameters(NDManager scope) {
        super(scope, false);
        this.scope = scope;
    }

    @Override
    public NDArray getValue(Parameter parameter, Device device, boolean training) {
        if (parameter == null) {
            return null;
        }
        return values.computeIfAbsent(
                new Pair<>(parameter.getId(), device), key -> detached(parameter, device));
    }

    private NDArray detached(Parameter parameter, Device device) {
        boolean written =
                switch (parameter.getType()) {
                    case RUNNING_MEAN, RUNNING_VAR, OTHER -> true;
                    default -> false;
                };
        NDArray array = parameter.getArray().stopGradient();
        if (written) {
            try (NDArray view = array) {
                array = view.duplicate();
            }
        }
        array.attach(scope);
        return array.toDevice(device, false);
    }
}
