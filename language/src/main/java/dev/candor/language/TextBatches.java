package dev.candor.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.Batchifier;
import ai.djl.util.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * Labelled texts in batches, as tokens or as the vectors of a frozen encoder. In a batch of tokens
 * the texts are about equally long.
 */
final class TextBatches implements Dataset {

    /** Texts are shuffled, then sorted by length among this many batches. */
    private static final int POOL = 16;

    private final List<long[]> tokens;
    private final float[][] vectors;
    private final List<Integer> labels;
    private final int batch;
    private final Random random;

    private TextBatches(
            List<long[]> tokens,
            float[][] vectors,
            List<Integer> labels,
            int batch,
            Random random) {
        this.tokens = tokens;
        this.vectors = vectors;
        this.labels = labels;
        this.batch = batch;
        this.random = random;
    }

    /** Texts as tokens; in their order where there is no source of chance. */
    static TextBatches ofTokens(
            List<long[]> tokens, List<Integer> labels, int batch, Random random) {
        return new TextBatches(tokens, null, labels, batch, random);
    }

    /** Texts as vectors; in their order where there is no source of chance. */
    static TextBatches ofVectors(
            float[][] vectors, List<Integer> labels, int batch, Random random) {
        return new TextBatches(null, vectors, labels, batch, random);
    }

    int count() {
        return (labels.size() + batch - 1) / batch;
    }

    @Override
    public Iterable<Batch> getData(NDManager manager) {
        List<List<Integer>> parts = parts();
        return () ->
                new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                        return next < parts.size();
                    }

                    @Override
                    public Batch next() {
                        Batch made = batch(manager.newSubManager(), parts.get(next), next);
                        next++;
                        return made;
                    }
                };
    }

    private List<List<Integer>> parts() {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            order.add(i);
        }
        if (random != null) {
            Collections.shuffle(order, random);
            if (tokens != null) {
                for (int from = 0; from < order.size(); from += POOL * batch) {
                    order.subList(from, Math.min(from + POOL * batch, order.size()))
                            .sort(Comparator.comparingInt(i -> tokens.get(i).length));
                }
            }
        }
        List<List<Integer>> parts = new ArrayList<>();
        for (int from = 0; from < order.size(); from += batch) {
            parts.add(order.subList(from, Math.min(from + batch, order.size())));
        }
        if (random != null) {
            Collections.shuffle(parts, random);
        }
        return parts;
    }

    private Batch batch(NDManager manager, List<Integer> places, int progress) {
        NDList data =
                tokens == null
                        ? new NDList(rows(manager, places))
                        : PaddedTexts.of(manager, places.stream().map(tokens::get).toList());
        NDArray classes = manager.create(places.stream().mapToLong(labels::get).toArray());
        return new Batch(
                manager,
                owned(data),
                owned(new NDList(classes)),
                places.size(),
                Batchifier.STACK,
                Batchifier.STACK,
                progress,
                count());
    }

    /** In memory of the engine: what is made of Java values goes when its batch is closed. */
    private static NDList owned(NDList borrowed) {
        NDList owned = new NDList(borrowed.size());
        for (NDArray array : borrowed) {
            owned.add(array.duplicate());
            array.close();
        }
        return owned;
    }

    private NDArray rows(NDManager manager, List<Integer> places) {
        int width = vectors[0].length;
        float[] values = new float[places.size() * width];
        for (int i = 0; i < places.size(); i++) {
            System.arraycopy(vectors[places.get(i)], 0, values, i * width, width);
        }
        return manager.create(values, new Shape(places.size(), width));
    }

    @Override
    public void prepare(Progress progress) {}
}
