package dev.candor.training.augmentation;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Easy data augmentation of texts: words are swapped, deleted and inserted.
 *
 * <pre>
 *   swap     n times, two random words change places
 *   delete   each word goes with probability alpha; one stays
 *   insert   n times, what the table gives for a random word is put in a random place
 *   n = max(1, alpha l) rounded down, for a text of l words
 * </pre>
 *
 * <p>{@code alpha} in {@code 0..1} (0.1). The table is the caller's: words that may stand by a
 * word. It holds no synonyms of its own, and without a table nothing is inserted. The operations
 * take turns; labels stay as they are, so that {@code alpha} must stay small. Words are strings of
 * any kind, tokens too.
 *
 * <p>Source: Wei and Zou, <i>EDA: Easy Data Augmentation Techniques for Boosting Performance on
 * Text Classification Tasks</i>, EMNLP-IJCNLP 2019, arXiv:1901.11196. Synonym replacement is left
 * out.
 */
public final class TextAugmentation {

    private final double share;
    private final int variants;
    private final Map<String, List<String>> table;

    private TextAugmentation(Builder builder) {
        this.share = builder.share;
        this.variants = builder.variants;
        this.table = Map.copyOf(builder.table);
    }

    /**
     * Returns four variants of each text, with alpha 0.1 and no insertions.
     *
     * @return the augmentation
     */
    public static TextAugmentation of() {
        return builder().build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Varies a text.
     *
     * @param words the words, at least one
     * @param random where all that is random comes from
     * @return the variants, without the text itself; some may be equal to it
     */
    public List<List<String>> augment(List<String> words, RandomGenerator random) {
        List<List<String>> varied = new ArrayList<>(variants);
        for (int i = 0; i < variants; i++) {
            varied.add(
                    switch (i % (table.isEmpty() ? 2 : 3)) {
                        case 0 -> swap(words, random);
                        case 1 -> delete(words, random);
                        default -> insert(words, random);
                    });
        }
        return varied;
    }

    /**
     * Lets words change places.
     *
     * @param words the words, at least one
     * @param random where all that is random comes from
     * @return the same words in another order
     */
    public List<String> swap(List<String> words, RandomGenerator random) {
        List<String> swapped = new ArrayList<>(words);
        for (int i = 0; i < times(words) && words.size() > 1; i++) {
            int first = random.nextInt(words.size());
            int second = random.nextInt(words.size() - 1);
            Collections.swap(swapped, first, second < first ? second : second + 1);
        }
        return swapped;
    }

    /**
     * Deletes words.
     *
     * @param words the words, at least one
     * @param random where all that is random comes from
     * @return the words that are left, at least one
     */
    public List<String> delete(List<String> words, RandomGenerator random) {
        times(words);
        List<String> left = new ArrayList<>(words);
        left.removeIf(word -> random.nextDouble() < share);
        return left.isEmpty() ? List.of(words.get(random.nextInt(words.size()))) : left;
    }

    /**
     * Inserts words.
     *
     * @param words the words, at least one
     * @param random where all that is random comes from
     * @return the words and others; the words alone if the table has none of them
     */
    public List<String> insert(List<String> words, RandomGenerator random) {
        List<String> known = words.stream().filter(table::containsKey).toList();
        List<String> longer = new ArrayList<>(words);
        for (int i = 0; i < times(words) && !known.isEmpty(); i++) {
            List<String> companions = table.get(known.get(random.nextInt(known.size())));
            longer.add(
                    random.nextInt(longer.size() + 1),
                    companions.get(random.nextInt(companions.size())));
        }
        return longer;
    }

    private int times(List<String> words) {
        Checks.atLeast("words", words.size(), 1);
        return Math.max(1, (int) (share * words.size()));
    }

    /** Builds a {@link TextAugmentation}. */
    public static final class Builder {

        private double share = 0.1;
        private int variants = 4;
        private Map<String, List<String>> table = Map.of();

        private Builder() {}

        /**
         * Sets the share of words that change.
         *
         * @param share alpha in {@code 0..1}, default 0.1
         * @return this builder
         */
        public Builder optShare(double share) {
            this.share = Checks.within("share", share, 0, 1);
            return this;
        }

        /**
         * Sets the number of variants of each text.
         *
         * @param variants at least 1, default 4
         * @return this builder
         */
        public Builder optVariants(int variants) {
            this.variants = Checks.atLeast("variants", variants, 1);
            return this;
        }

        /**
         * Sets what may be inserted where a word stands.
         *
         * @param table for each word one or more others, default none
         * @return this builder
         */
        public Builder optTable(Map<String, List<String>> table) {
            table.forEach(
                    (word, companions) ->
                            Checks.that(
                                    !companions.isEmpty(),
                                    "no words for '%s' in the table, expected at least one",
                                    word));
            this.table = table;
            return this;
        }

        /**
         * Builds the augmentation.
         *
         * @return the augmentation
         */
        public TextAugmentation build() {
            return new TextAugmentation(this);
        }
    }
}
