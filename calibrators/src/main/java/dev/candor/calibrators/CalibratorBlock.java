package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import dev.candor.calibrators.internal.Coefficient;
import java.util.ArrayList;
import java.util.List;

/** A calibrator whose coefficients are frozen parameters. */
final class CalibratorBlock extends AbstractBlock {

    private static final byte VERSION = 1;

    private final FittedCalibrator calibrator;
    private final List<Parameter> frozen = new ArrayList<>();

    CalibratorBlock(FittedCalibrator calibrator) {
        super(VERSION);
        this.calibrator = calibrator;
        for (Coefficient coefficient : calibrator.coefficients()) {
            // A trainer thaws the parameters of a loaded model, all but running statistics.
            Parameter parameter =
                    Parameter.builder()
                            .setName(coefficient.name())
                            .setType(Parameter.Type.RUNNING_VAR)
                            .optShape(coefficient.shape())
                            .optRequiresGrad(false)
                            .build();
            frozen.add(addParameter(parameter));
        }
    }

    /** Sets initializers at the last moment: a trainer may have put others in their place. */
    @Override
    protected void prepare(Shape[] inputShapes) {
        for (int i = 0; i < frozen.size(); i++) {
            Coefficient coefficient = calibrator.coefficients().get(i);
            Initializer values = (manager, shape, type) -> coefficient.in(manager);
            frozen.get(i).setInitializer(values);
        }
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray logits = inputs.singletonOrThrow();
        if (!frozen.stream().allMatch(Parameter::isInitialized)) {
            return new NDList(calibrator.apply(logits));
        }
        NDList values = new NDList(frozen.size());
        for (Parameter parameter : frozen) {
            values.add(parameterStore.getValue(parameter, logits.getDevice(), training));
        }
        return new NDList(calibrator.apply(logits, values));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }
}
