package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import dev.candor.losses.AclsLoss;
import dev.candor.losses.AdaFocalLoss;
import dev.candor.losses.AuAvucLoss;
import dev.candor.losses.AvucLoss;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.BinnedVarianceGapLoss;
import dev.candor.losses.BrierLoss;
import dev.candor.losses.ClassBalancedFocalLoss;
import dev.candor.losses.ConfidencePenalty;
import dev.candor.losses.CorrectnessHistory;
import dev.candor.losses.CorrectnessRankingLoss;
import dev.candor.losses.CpcLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.DcaLoss;
import dev.candor.losses.DeceLoss;
import dev.candor.losses.DiceLoss;
import dev.candor.losses.DistinctionMaximizationLoss;
import dev.candor.losses.DistributionBalancedLoss;
import dev.candor.losses.DualFocalLoss;
import dev.candor.losses.EsdLoss;
import dev.candor.losses.FocalLoss;
import dev.candor.losses.InverseFocalLoss;
import dev.candor.losses.KdeCalibrationLoss;
import dev.candor.losses.LabelSmoothingLoss;
import dev.candor.losses.LogitNormLoss;
import dev.candor.losses.MarginLabelSmoothingLoss;
import dev.candor.losses.MdcaLoss;
import dev.candor.losses.MmceLoss;
import dev.candor.losses.OffManifoldLoss;
import dev.candor.losses.OnManifoldLoss;
import dev.candor.losses.OneVsAllDistanceLoss;
import dev.candor.losses.OneVsAllLoss;
import dev.candor.losses.PolyLoss;
import dev.candor.losses.RcftLoss;
import dev.candor.losses.SampleDependentFocalLoss;
import dev.candor.losses.SoftAvucLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.losses.SquentropyLoss;
import dev.candor.losses.TokenCrossEntropyLoss;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/** Every loss in the form in which it is measured, by the name of its class and of its variant. */
public final class LossCatalogue {

    /** The loss that the others are compared with. */
    static final String CROSS_ENTROPY = "CrossEntropyLoss";

    private static final int TRAINING_SAMPLES = 2000;
    private static final long HISTORY_SEED = 1;
    private static final int HISTORY_EPOCHS = 10;

    private static final List<Entry> ENTRIES = entries();

    private LossCatalogue() {}

    /**
     * One loss.
     *
     * @param name the name of the class, with {@code :variant} where it has several forms
     * @param input what the loss takes
     * @param pairwise whether it compares all pairs of samples, so that time and memory grow with
     *     the square of their number
     * @param factory makes the loss for a shape of logits
     */
    public record Entry(
            String name,
            LossInput input,
            boolean pairwise,
            Function<LossShape, ? extends Loss> factory) {

        static final String ENGINE = "engine";
        private static final int MOST_PAIRED_ROWS = 4096;

        Entry(String name, LossInput input, Function<LossShape, ? extends Loss> factory) {
            this(name, input, false, factory);
        }

        /**
         * Whether the loss can be measured at a shape.
         *
         * @param shape the shape
         * @return false where its pairs would not fit into memory
         */
        public boolean fits(LossShape shape) {
            return !pairwise || shape.rows() <= MOST_PAIRED_ROWS;
        }

        /** Whether it is a loss whose time grows with the number of samples alone. */
        boolean hasBar() {
            return !pairwise && !name.startsWith(ENGINE);
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
                        shape ->
                                CrossEntropyLoss.builder()
                                        .optClassWeights(classWeights(shape.classes()))
                                        .build()));
        add(
                entries,
                "CrossEntropyLoss:extra-logit",
                () -> CrossEntropyLoss.builder().optExtraLogit(0).build());
        add(entries, "CrossEntropyLoss:soft-labels", LossInput.SOFT_LABELS, CrossEntropyLoss::of);
        add(
                entries,
                "TokenCrossEntropyLoss",
                LossInput.TOKENS,
                () -> TokenCrossEntropyLoss.builder().optShifted(false).build());
        add(entries, Entry.ENGINE + ":log-softmax", LogSoftmaxSum::new);
        addSoft(entries);
        addFocal(entries);
        addTargets(entries);
        addPenalties(entries);
        add(entries, "OneVsAllLoss", OneVsAllLoss::of);
        add(entries, "OneVsAllDistanceLoss", LossInput.DISTANCES, OneVsAllDistanceLoss::of);
        add(
                entries,
                "DistinctionMaximizationLoss",
                LossInput.DISTANCES,
                DistinctionMaximizationLoss::of);
        add(entries, "RcftLoss", () -> RcftLoss.of(binAccuracy()));
        add(entries, "OffManifoldLoss", OffManifoldLoss::of);
        add(entries, "OnManifoldLoss", OnManifoldLoss::of);
        return List.copyOf(entries);
    }

    private static void addSoft(List<Entry> entries) {
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
        add(entries, "SoftAvucLoss", SoftAvucLoss::of);
        add(entries, "AvucLoss", AvucLoss::of);
        add(entries, "AuAvucLoss", AuAvucLoss::of);
    }

    private static void addFocal(List<Entry> entries) {
        add(entries, "FocalLoss", FocalLoss::of);
        add(entries, "SampleDependentFocalLoss", SampleDependentFocalLoss::of);
        add(entries, "InverseFocalLoss", InverseFocalLoss::of);
        add(entries, "DualFocalLoss", DualFocalLoss::of);
        add(entries, "AdaFocalLoss", AdaFocalLoss::of);
        entries.add(
                new Entry(
                        "ClassBalancedFocalLoss",
                        LossInput.CLASS_LABELS,
                        shape -> ClassBalancedFocalLoss.of(0.999, classCounts(shape.classes()))));
        entries.add(
                new Entry(
                        "DistributionBalancedLoss",
                        LossInput.MULTI_LABEL,
                        shape ->
                                DistributionBalancedLoss.of(
                                        TRAINING_SAMPLES, classCounts(shape.classes()))));
        add(entries, "PolyLoss", PolyLoss::of);
    }

    private static void addTargets(List<Entry> entries) {
        add(entries, "LabelSmoothingLoss", LabelSmoothingLoss::of);
        add(entries, "MarginLabelSmoothingLoss", MarginLabelSmoothingLoss::of);
        add(entries, "AclsLoss", AclsLoss::of);
        add(entries, "ConfidencePenalty", ConfidencePenalty::of);
        add(
                entries,
                "ConfidencePenalty:hinge",
                () -> ConfidencePenalty.builder().optThreshold(0.9).build());
        add(entries, "LogitNormLoss", LogitNormLoss::of);
        add(entries, "BrierLoss", BrierLoss::of);
        add(entries, "SquentropyLoss", SquentropyLoss::of);
        add(entries, "DiceLoss", DiceLoss::of);
        add(
                entries,
                "DiceLoss:soft-dice",
                () -> DiceLoss.builder().optForm(DiceLoss.Form.SOFT_DICE).build());
        add(entries, "CpcLoss", CpcLoss::of);
    }

    private static void addPenalties(List<Entry> entries) {
        add(entries, "MmceLoss", MmceLoss::of);
        add(
                entries,
                "MmceLoss:plain",
                () -> MmceLoss.builder().optForm(MmceLoss.Form.PLAIN).build());
        add(entries, "DcaLoss", DcaLoss::of);
        add(entries, "MdcaLoss", MdcaLoss::of);
        add(entries, "EsdLoss", EsdLoss::of);
        entries.add(
                new Entry(
                        "KdeCalibrationLoss",
                        LossInput.CLASS_LABELS,
                        true,
                        shape -> KdeCalibrationLoss.of()));
        add(entries, "DeceLoss", DeceLoss::of);
        entries.add(
                new Entry(
                        "CorrectnessRankingLoss",
                        LossInput.SAMPLES,
                        shape -> CorrectnessRankingLoss.of(history(shape.rows()))));
        add(entries, "BinnedVarianceGapLoss", BinnedVarianceGapLoss::of);
    }

    private static void add(List<Entry> entries, String name, Supplier<Loss> factory) {
        add(entries, name, LossInput.CLASS_LABELS, factory);
    }

    private static void add(
            List<Entry> entries, String name, LossInput input, Supplier<Loss> factory) {
        entries.add(new Entry(name, input, shape -> factory.get()));
    }

    /** Counts of a long-tailed training set: 1000, 500, 333, ... */
    private static long[] classCounts(int classes) {
        return LongStream.rangeClosed(1, classes).map(k -> 1000 / k).toArray();
    }

    private static double[] classWeights(int classes) {
        double[] weights = new double[classes];
        Arrays.setAll(weights, k -> 1.0 / (k + 1));
        return weights;
    }

    private static CorrectnessHistory history(int rows) {
        long[] counts = new SeededNumbers(HISTORY_SEED).integers(0, rows, HISTORY_EPOCHS + 1);
        return CorrectnessHistory.of(
                Arrays.stream(counts).mapToInt(count -> (int) count).toArray(), HISTORY_EPOCHS);
    }

    /** Accuracy in the middle of each of ten bins. */
    private static BinAccuracy binAccuracy() {
        double[] accuracies = new double[10];
        Arrays.setAll(accuracies, k -> (k + 0.5) / 10);
        long[] counts = new long[10];
        Arrays.fill(counts, 100);
        return BinAccuracy.of(accuracies, counts);
    }

    /** No loss, but the engine's own share in those that begin with a log-softmax. */
    private static final class LogSoftmaxSum extends Loss {

        LogSoftmaxSum() {
            super("LogSoftmaxSum");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            try (NDArray logProbabilities = predictions.head().logSoftmax(1)) {
                return logProbabilities.sum();
            }
        }
    }
}
