package dev.candor.benchmarks.losses;

import ai.djl.training.loss.Loss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import dev.candor.losses.LabelSmoothingLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Every loss in the form in which it is measured, by the name of its class and of its variant. */
public final class LossCatalogue {

    /** The loss that the others are compared with. */
    static final String CROSS_ENTROPY = "CrossEntropyLoss";

    private static final List<Entry> ENTRIES = entries();

    private LossCatalogue() {}

    /**
     * One loss.
     *
     * @param name the name of the class, with {@code :variant} where it has several forms
     * @param input what the loss takes
     * @param pairwise whether it compares all pairs of samples, so that time and memory grow with
     *     the square of their number
     * @param factory makes the loss for a number of classes
     */
    public record Entry(
            String name, LossInput input, boolean pairwise, IntFunction<? extends Loss> factory) {

        private static final int MOST_PAIRED_ROWS = 4096;

        /**
         * Whether the loss can be measured at a shape.
         *
         * @param shape the shape
         * @return false where its pairs would not fit into memory
         */
        public boolean fits(LossShape shape) {
            return !pairwise || shape.rows() <= MOST_PAIRED_ROWS;
        }
    }

    /**
     * Returns all losses.
     *
     * @return the entries, plain cross-entropy first
     */
    public static List<Entry> all() {
        return ENTRIES;
    }

    /**
     * Returns one loss.
     *
     * @param name its name in the catalogue
     * @return the entry
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Entry of(String name) {
        return ENTRIES.stream()
                .filter(entry -> entry.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "loss = " + name + ", expected one of " + names()));
    }

    private static List<String> names() {
        return ENTRIES.stream().map(Entry::name).toList();
    }

    private static List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        add(entries, CROSS_ENTROPY, CrossEntropyLoss::of);
        entries.add(
                new Entry(
                        "CrossEntropyLoss:class-weights",
                        LossInput.CLASS_LABELS,
                        false,
                        classes ->
                                CrossEntropyLoss.builder()
                                        .optClassWeights(classCounts(classes))
                                        .build()));
        add(
                entries,
                "CrossEntropyLoss:extra-logit",
                () -> CrossEntropyLoss.builder().optExtraLogit(0).build());
        add(entries, "CrossEntropyLoss:soft-labels", LossInput.SOFT_LABELS, CrossEntropyLoss::of);
        add(entries, "CrossEntropyLoss:tokens", LossInput.TOKENS, CrossEntropyLoss::of);
        add(entries, "SoftBinnedEceLoss", SoftBinnedEceLoss::of);
        add(
                entries,
                "SoftBinnedEceLoss:label-binned",
                () ->
                        SoftBinnedEceLoss.builder()
                                .optForm(SoftBinnedEceLoss.Form.LABEL_BINNED)
                                .build());
        add(
                entries,
                "SoftBinnedEceLoss:triangular",
                () ->
                        SoftBinnedEceLoss.builder()
                                .optMembership(SoftBinnedEceLoss.Membership.TRIANGULAR)
                                .optNorm(1)
                                .build());
        add(entries, "FocalLoss", FocalLoss::of);
        add(entries, "LabelSmoothingLoss", LabelSmoothingLoss::of);
        return List.copyOf(entries);
    }

    private static void add(List<Entry> entries, String name, Supplier<Loss> factory) {
        add(entries, name, LossInput.CLASS_LABELS, factory);
    }

    private static void add(
            List<Entry> entries, String name, LossInput input, Supplier<Loss> factory) {
        entries.add(new Entry(name, input, false, classes -> factory.get()));
    }

    /** Counts of a long-tailed training set: 1000, 500, 333, ... */
    private static float[] classCounts(int classes) {
        float[] counts = new float[classes];
        for (int k = 0; k < classes; k++) {
            counts[k] = 1000f / (k + 1);
        }
        return counts;
    }
}
