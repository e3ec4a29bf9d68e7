package dev.candor.language;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import dev.candor.calibrators.CalibratedTranslator;
import dev.candor.calibrators.Calibrators;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Makes the translator of a saved {@link FineTunedClassifier}: from a text to calibrated
 * probabilities. To be given to the {@link ai.djl.repository.zoo.Criteria} that load the folder.
 */
public final class TextClassifierTranslatorFactory implements TranslatorFactory {

    private static final long serialVersionUID = 1L;

    /** Creates a factory. */
    public TextClassifierTranslatorFactory() {}

    @Override
    public Set<Pair<Type, Type>> getSupportedTypes() {
        return Set.of(new Pair<>(String.class, Classifications.class));
    }

    /**
     * Returns the translator.
     *
     * @param <I> {@link String}
     * @param <O> {@link Classifications}
     * @param input the class of the input
     * @param output the class of the output
     * @param model the loaded model
     * @param arguments not used
     * @return the translator
     * @throws TranslateException if the types are others, or the folder of the model is incomplete
     */
    @Override
    @SuppressWarnings("unchecked")
    public <I, O> Translator<I, O> newInstance(
            Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
            throws TranslateException {
        if (input != String.class || output != Classifications.class) {
            throw new TranslateException(
                    "from " + input + " to " + output + ", expected String to Classifications");
        }
        Path folder = model.getModelPath();
        try {
            SavedClassifier saved = SavedClassifier.read(folder);
            return (Translator<I, O>)
                    CalibratedTranslator.of(
                            new TextTranslator(saved.tokenizer(folder)),
                            Calibrators.load(folder.resolve(SavedClassifier.CALIBRATOR)),
                            saved.classes());
        } catch (IOException | IllegalArgumentException e) {
            throw new TranslateException(folder + ": " + e.getMessage(), e);
        }
    }
}
