package dev.candor.language;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/**
 * Texts with the class of each.
 *
 * @param texts the texts, at least one
 * @param labels the place of the class of each text in {@code classes}
 * @param classes the names of the classes, at least two
 */
public record LabelledTexts(List<String> texts, List<Integer> labels, List<String> classes) {

    /**
     * Checks and copies the lists.
     *
     * @param texts none of them empty
     * @param labels one for each text, within the classes
     * @param classes each named once
     * @throws IllegalArgumentException if a list is too short, a text empty or a label no class
     */
    public LabelledTexts {
        texts = List.copyOf(texts);
        labels = List.copyOf(labels);
        classes = List.copyOf(classes);
        Checks.that(!texts.isEmpty(), "there are no texts, expected at least one");
        Checks.that(
                texts.size() == labels.size(),
                "%d labels for %d texts, expected one for each",
                labels.size(),
                texts.size());
        Checks.that(
                classes.size() >= 2,
                "the texts have %d class %s, expected at least two",
                classes.size(),
                classes);
        Checks.that(
                new LinkedHashSet<>(classes).size() == classes.size(),
                "a class is named twice in %s",
                classes);
        for (int i = 0; i < texts.size(); i++) {
            Checks.that(!texts.get(i).isBlank(), "texts[%d] is empty", i);
        }
        Checks.labels(labels.stream().mapToLong(Integer::longValue).toArray(), classes.size());
    }

    /**
     * Returns texts whose classes are those that the labels name, in alphabetical order.
     *
     * @param texts the texts, at least two, none of them empty
     * @param labels the name of the class of each, two different ones at least
     * @return the texts
     * @throws IllegalArgumentException if there are fewer
     */
    public static LabelledTexts of(List<String> texts, List<String> labels) {
        Checks.that(texts.size() >= 2, "%d texts, expected at least two", texts.size());
        return of(texts, labels, List.copyOf(new TreeSet<>(labels)));
    }

    /**
     * Returns texts of given classes, such as those of the training texts.
     *
     * @param texts the texts, at least one, none of them empty
     * @param labels the name of the class of each
     * @param classes the names of the classes
     * @return the texts
     * @throws IllegalArgumentException if a label is not among the classes
     */
    public static LabelledTexts of(List<String> texts, List<String> labels, List<String> classes) {
        Map<String, Integer> places = new LinkedHashMap<>();
        classes.forEach(name -> places.putIfAbsent(name, places.size()));
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            Integer place = places.get(labels.get(i));
            Checks.that(
                    place != null,
                    "labels[%d] = '%s', which is none of the %d classes: %s",
                    i,
                    labels.get(i),
                    classes.size(),
                    shortened(classes));
            indices.add(place);
        }
        return new LabelledTexts(texts, indices, classes);
    }

    private static String shortened(List<String> classes) {
        int shown = Math.min(classes.size(), 10);
        String names = String.join(", ", classes.subList(0, shown));
        return shown < classes.size() ? names + ", ..." : names;
    }

    /**
     * Returns the number of texts.
     *
     * @return the number, at least 1
     */
    public int size() {
        return texts.size();
    }

    /**
     * Divides the texts by chance, each class in the same proportion as far as its size allows.
     *
     * @param share of the texts that the second part gets, in {@code (0, 1)}
     * @param seed the same seed gives the same parts
     * @return the two parts
     * @throws IllegalArgumentException if a part would be empty
     */
    public List<LabelledTexts> split(double share, long seed) {
        Checks.strictlyWithin("share", share, 0, 1);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(seed));
        order.sort((a, b) -> Integer.compare(labels.get(a), labels.get(b)));
        List<Integer> first = new ArrayList<>();
        List<Integer> second = new ArrayList<>();
        for (int rank = 0; rank < order.size(); rank++) {
            boolean taken = Math.floor((rank + 1) * share) > Math.floor(rank * share);
            (taken ? second : first).add(order.get(rank));
        }
        Checks.that(
                !first.isEmpty() && !second.isEmpty(),
                "%d texts are too few to take %s of them apart",
                size(),
                share);
        Collections.sort(first);
        Collections.sort(second);
        return List.of(at(first), at(second));
    }

    private LabelledTexts at(List<Integer> places) {
        return new LabelledTexts(
                places.stream().map(texts::get).toList(),
                places.stream().map(labels::get).toList(),
                classes);
    }
}
