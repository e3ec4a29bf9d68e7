package dev.candor.language;

import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Makes the network of a saved {@link FineTunedClassifier}; DJL finds it by the folder itself. */
public final class TextClassifierBlockFactory implements BlockFactory {

    private static final long serialVersionUID = 1L;

    /** Creates a factory. */
    public TextClassifierBlockFactory() {}

    /**
     * Returns a network whose values are still to be loaded.
     *
     * @param model the model it is for
     * @param modelPath the folder of the classifier
     * @param arguments not used
     * @return the network
     * @throws IOException if the folder cannot be read
     */
    @Override
    public Block newBlock(Model model, Path modelPath, Map<String, ?> arguments)
            throws IOException {
        return SavedClassifier.read(modelPath).network();
    }
}
