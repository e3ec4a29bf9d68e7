package dev.candor.language;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.NormalInitializer;
import java.io.IOException;
import java.io.InputStream;

/** An encoder of two narrow layers with weights drawn by chance. */
final class TinyEncoder {

    static final int LAYERS = 2;
    static final int MAX_LENGTH = 24;

    private TinyEncoder() {}

    static TextTokenizer tokenizer() throws IOException {
        try (InputStream stream =
                TinyEncoder.class
                        .getClassLoader()
                        .getResourceAsStream("all-minilm-l6-v2-tokenizer.json")) {
            return TextTokenizer.read(stream, MAX_LENGTH);
        }
    }

    static PretrainedEncoder create() throws IOException {
        Engine.getInstance().setRandomSeed(5);
        NDManager manager = NDManager.newBaseManager();
        TransformerEncoder encoder =
                TransformerEncoder.of(new EncoderConfiguration(30522, 32, 24, 32, LAYERS, 4));
        encoder.setInitializer(new NormalInitializer(0.1f), Parameter.Type.WEIGHT);
        encoder.setInitializer(new NormalInitializer(1), "words");
        encoder.setInitializer(new NormalInitializer(0.1f), Parameter.Type.BIAS);
        encoder.initialize(manager, DataType.FLOAT32, new Shape(1, 1), new Shape(1, 1));
        encoder.freezeParameters(true);
        return PretrainedEncoder.of(manager, encoder, tokenizer());
    }
}
