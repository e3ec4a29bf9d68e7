package dev.candor.calibrators;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.List;

/**
 * A translator whose {@link ai.djl.inference.Predictor} returns calibrated probabilities.
 *
 * <pre>{@code
 * Translator<Image, Classifications> calibrated =
 *         CalibratedTranslator.of(translator, calibrator, classNames);
 * Predictor<Image, Classifications> predictor = model.newPredictor(calibrated);
 * }</pre>
 *
 * <p>Inputs are those of another translator. The first output of the network is taken for logits,
 * calibrated a batch at a time, and turned into probabilities by a softmax. Not for a model that
 * the calibrator was {@linkplain Calibrator#attachTo attached to}, nor one that ends in a softmax:
 * it would be calibrated twice, or on probabilities.
 *
 * @param <I> the type of the input
 */
public final class CalibratedTranslator<I> implements Translator<I, Classifications> {

    private final Translator<I, ?> inputs;
    private final Calibrator calibrator;
    private final List<String> classNames;

    private CalibratedTranslator(
            Translator<I, ?> inputs, Calibrator calibrator, List<String> classNames) {
        this.inputs = inputs;
        this.calibrator = calibrator;
        this.classNames = classNames;
    }

    /**
     * Returns a translator that calibrates.
     *
     * @param <I> the type of the input
     * @param inputs the translator that processes the inputs, and knows how they are batched; its
     *     outputs are not asked for
     * @param calibrator the calibrator
     * @param classNames the names of the classes, in the order of the logits
     * @return the translator
     * @throws IllegalArgumentException if the calibrator takes another number of classes
     */
    public static <I> CalibratedTranslator<I> of(
            Translator<I, ?> inputs, Calibrator calibrator, List<String> classNames) {
        long classes = calibrator.classes();
        Checks.that(
                classes == 0 || classes == classNames.size(),
                "%d class names for a calibrator of %d classes",
                classNames.size(),
                classes);
        return new CalibratedTranslator<>(inputs, calibrator, List.copyOf(classNames));
    }

    @Override
    public void prepare(TranslatorContext ctx) throws Exception {
        inputs.prepare(ctx);
    }

    @Override
    public Batchifier getBatchifier() {
        return inputs.getBatchifier();
    }

    @Override
    public NDList processInput(TranslatorContext ctx, I input) throws Exception {
        return inputs.processInput(ctx, input);
    }

    @Override
    public NDList batchProcessInput(TranslatorContext ctx, List<I> batch) throws Exception {
        return inputs.batchProcessInput(ctx, batch);
    }

    @Override
    public Classifications processOutput(TranslatorContext ctx, NDList outputs) {
        return classifications(probabilities(outputs));
    }

    @Override
    public List<Classifications> batchProcessOutput(TranslatorContext ctx, NDList outputs) {
        NDList probabilities = new NDList(probabilities(outputs));
        List<Classifications> batch = new ArrayList<>();
        for (NDList sample : getBatchifier().unbatchify(probabilities)) {
            batch.add(classifications(sample.singletonOrThrow()));
        }
        return batch;
    }

    private NDArray probabilities(NDList outputs) {
        NDArray logits = outputs.head();
        Shape shape = logits.getShape();
        Checks.that(
                shape.dimension() > 0 && shape.get(shape.dimension() - 1) == classNames.size(),
                "logits have shape %s, expected %d classes as last axis",
                shape,
                classNames.size());
        return calibrator.apply(logits).softmax(shape.dimension() - 1);
    }

    private Classifications classifications(NDArray probabilities) {
        Checks.that(
                probabilities.size() == classNames.size(),
                "probabilities have shape %s, expected one sample of %d classes",
                probabilities.getShape(),
                classNames.size());
        return new Classifications(classNames, probabilities);
    }
}
