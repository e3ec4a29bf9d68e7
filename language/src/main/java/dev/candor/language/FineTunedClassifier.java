package dev.candor.language;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.TemperatureScaling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a {@link FineTuning} made: a network, a tokenizer and the names of the classes.
 *
 * <p>Saved with a calibrator it becomes a folder that a plain DJL predictor answers from, with
 * calibrated probabilities:
 *
 * <pre>{@code
 * Criteria<String, Classifications> criteria =
 *         Criteria.builder()
 *                 .setTypes(String.class, Classifications.class)
 *                 .optModelPath(folder)
 *                 .optTranslatorFactory(new TextClassifierTranslatorFactory())
 *                 .build();
 * try (ZooModel<String, Classifications> model = criteria.loadModel();
 *         Predictor<String, Classifications> predictor = model.newPredictor()) {
 *     Classifications answer = predictor.predict("Where is my card?");
 * }
 * }</pre>
 */
public final class FineTunedClassifier implements AutoCloseable {

    /** The file in a saved folder that tells what is there; it is written last. */
    public static final String DESCRIPTION = "classifier.json";

    private static final int BATCH = 64;

    private final Model model;
    private final PretrainedEncoder source;
    private final List<String> classes;
    private final boolean headOnly;

    FineTunedClassifier(
            Model model, PretrainedEncoder source, List<String> classes, boolean headOnly) {
        this.model = model;
        this.source = source;
        this.classes = classes;
        this.headOnly = headOnly;
    }

    /**
     * Returns the network in a model.
     *
     * @return the model, closed with this classifier; its block is a {@link TextClassifier}
     */
    public Model model() {
        return model;
    }

    /**
     * Returns the names of the classes.
     *
     * @return the names, in the order of the logits
     */
    public List<String> classes() {
        return classes;
    }

    /**
     * Returns logits of texts, not calibrated.
     *
     * @param manager to which the logits will belong
     * @param texts the texts, at least one, none of them empty
     * @return {@code [N, C]}, float32, in the order of the texts
     * @throws IllegalArgumentException if there is no text, or one is empty
     */
    public NDArray logits(NDManager manager, List<String> texts) {
        ParameterStore store = new ParameterStore(model.getNDManager(), false);
        if (headOnly) {
            try (NDManager scope = manager.newSubManager(source.device())) {
                return scope.ret(forward(store, new NDList(source.embed(scope, texts))));
            }
        }
        List<long[]> tokens = source.tokenizer().encode(texts).ids();
        Integer[] order = PaddedTexts.byLength(tokens);
        try (NDManager all = manager.newSubManager(source.device())) {
            NDList parts = new NDList();
            long[] places = new long[order.length];
            for (int from = 0; from < order.length; from += BATCH) {
                int to = Math.min(from + BATCH, order.length);
                try (NDManager scope = all.newSubManager()) {
                    List<Integer> part = List.of(order).subList(from, to);
                    NDList inputs = PaddedTexts.of(scope, part.stream().map(tokens::get).toList());
                    NDArray logits = forward(store, inputs);
                    logits.attach(all);
                    parts.add(logits);
                }
                for (int i = from; i < to; i++) {
                    places[order[i]] = i;
                }
            }
            NDArray sorted = NDArrays.concat(parts);
            NDArray index = all.create(places).expandDims(1).broadcast(sorted.getShape());
            return all.ret(sorted.gather(index, 0));
        }
    }

    private NDArray forward(ParameterStore store, NDList inputs) {
        return model.getBlock().forward(store, inputs, false).singletonOrThrow();
    }

    /**
     * Saves network, tokenizer, names and calibrator in a folder, from which DJL loads them as
     * shown above. What stands there of an earlier classifier is replaced.
     *
     * @param folder the folder, made where there is none
     * @param calibrator the calibrator; null for none
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if the calibrator takes another number of classes, or the
     *     folder holds something else
     */
    public void save(Path folder, Calibrator calibrator) throws IOException {
        SavedClassifier.save(
                folder,
                model,
                source.tokenizer(),
                classes,
                calibrator == null ? TemperatureScaling.of(1) : calibrator);
    }

    /** Frees the network; the pretrained encoder stays open. */
    @Override
    public void close() {
        model.close();
    }
}
