package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import java.util.ArrayList;
import java.util.List;

/**
 * A calibrator whose coefficients are parameters: frozen ones in float64, and those that are
 * trained in the type of the network.
 */
final class CalibratorBlock extends AbstractBlock {

    private static final byte VERSION = 1;

    private final FittedCalibrator calibrator;
    private final List<Parameter> parameters = new ArrayList<>();

    CalibratorBlock(FittedCalibrator calibrator) {
        super(VERSION);
        this.calibrator = calibrator;
        for (int i = 0; i < calibrator.coefficients().size(); i++) {
            Coefficient coefficient = calibrator.coefficients().get(i);
            boolean trained = calibrator.isTrained(i);
            // A trainer thaws the parameters of a loaded model, all but running statistics.
            Parameter parameter =
                    Parameter.builder()
                            .setName(coefficient.name())
                            .setType(trained ? Parameter.Type.OTHER : Parameter.Type.RUNNING_VAR)
                            .optShape(coefficient.shape())
                            .optRequiresGrad(trained)
                            .build();
            parameters.add(addParameter(parameter));
        }
    }

    /** What a file of the calibrator would hold, with the values that the parameters have now. */
    CalibratorFile toFile() {
        List<Coefficient> current = new ArrayList<>();
        for (Coefficient coefficient : calibrator.coefficients()) {
            Parameter parameter = parameters.get(current.size());
            current.add(parameter.isInitialized() ? valueOf(parameter, coefficient) : coefficient);
        }
        return calibrator.toFile(current);
    }

    private static Coefficient valueOf(Parameter parameter, Coefficient coefficient) {
        NDArray array = parameter.getArray();
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray values = FittedCalibrator.view(array, scope).toType(DataType.FLOAT64, true);
            return new Coefficient(coefficient.name(), coefficient.shape(), values.toDoubleArray());
        }
    }

    /** Sets initializers at the last moment: a trainer may have put others in their place. */
    @Override
    protected void prepare(Shape[] inputShapes) {
        for (int i = 0; i < parameters.size(); i++) {
            Coefficient coefficient = calibrator.coefficients().get(i);
            boolean trained = calibrator.isTrained(i);
            Initializer values =
                    (manager, shape, type) -> {
                        NDArray wide = coefficient.in(manager);
                        return trained ? narrow(wide, type) : wide;
                    };
            parameters.get(i).setInitializer(values);
        }
    }

    private static NDArray narrow(NDArray wide, DataType type) {
        if (type == wide.getDataType()) {
            return wide;
        }
        try (wide) {
            return wide.toType(type, true);
        }
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        if (!parameters.stream().allMatch(Parameter::isInitialized)) {
            return new NDList(calibrator.apply(inputs, null));
        }
        NDList values = new NDList(parameters.size());
        for (Parameter parameter : parameters) {
            values.add(parameterStore.getValue(parameter, inputs.head().getDevice(), training));
        }
        return new NDList(calibrator.apply(inputs, values));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }
}
