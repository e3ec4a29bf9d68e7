package dev.candor.language;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Token ids and masks of texts, padded to the longest of them. */
final class PaddedTexts {

    private PaddedTexts() {}

    /** Ids {@code [N, T]}, int64, and masks {@code [N, T]}, float32. */
    static NDList of(NDManager manager, List<long[]> texts) {
        int length = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
        long[] ids = new long[texts.size() * length];
        float[] masks = new float[ids.length];
        for (int i = 0; i < texts.size(); i++) {
            long[] text = texts.get(i);
            System.arraycopy(text, 0, ids, i * length, text.length);
            Arrays.fill(masks, i * length, i * length + text.length, 1);
        }
        Shape shape = new Shape(texts.size(), length);
        return new NDList(manager.create(ids, shape), manager.create(masks, shape));
    }

    /** The places of the texts from the shortest to the longest, so that little is padded. */
    static Integer[] byLength(List<long[]> texts) {
        Integer[] order = new Integer[texts.size()];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingInt(i -> texts.get(i).length));
        return order;
    }
}
