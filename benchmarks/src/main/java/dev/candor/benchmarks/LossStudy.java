package dev.candor.benchmarks;

import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import dev.candor.losses.AclsLoss;
import dev.candor.losses.AuAvucLoss;
import dev.candor.losses.AvucLoss;
import dev.candor.losses.BrierLoss;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.ConfidencePenalty;
import dev.candor.losses.CpcLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.DcaLoss;
import dev.candor.losses.DeceLoss;
import dev.candor.losses.DiceLoss;
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
import dev.candor.losses.OneVsAllLoss;
import dev.candor.losses.PolyLoss;
import dev.candor.losses.SampleDependentFocalLoss;
import dev.candor.losses.SoftAvucLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import dev.candor.losses.SquentropyLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Trains the demo's network with each loss, on several seeds, and tabulates what came of it. */
final class LossStudy {

    private static final Map<String, Supplier<Loss>> LOSSES = new LinkedHashMap<>();

    static {
        LOSSES.put("CrossEntropyLoss", CrossEntropyLoss::of);
        LOSSES.put("LabelSmoothingLoss", LabelSmoothingLoss::of);
        LOSSES.put("MarginLabelSmoothingLoss", MarginLabelSmoothingLoss::of);
        LOSSES.put("AclsLoss", AclsLoss::of);
        LOSSES.put("ConfidencePenalty", ConfidencePenalty::of);
        LOSSES.put("LogitNormLoss", LogitNormLoss::of);
        LOSSES.put("BrierLoss", BrierLoss::of);
        LOSSES.put("SquentropyLoss", SquentropyLoss::of);
        LOSSES.put("DiceLoss", DiceLoss::of);
        LOSSES.put("CpcLoss", CpcLoss::of);
        LOSSES.put("OneVsAllLoss", OneVsAllLoss::of);
        LOSSES.put("PolyLoss", PolyLoss::of);
        LOSSES.put("FocalLoss", FocalLoss::of);
        LOSSES.put("SampleDependentFocalLoss", SampleDependentFocalLoss::of);
        LOSSES.put("DualFocalLoss", DualFocalLoss::of);
        LOSSES.put("InverseFocalLoss", InverseFocalLoss::of);
        LOSSES.put("SoftBinnedEceLoss", () -> added(1, SoftBinnedEceLoss.of()));
        LOSSES.put("SoftAvucLoss", () -> added(1, SoftAvucLoss.of()));
        LOSSES.put("AvucLoss", () -> added(3, AvucLoss.of()));
        LOSSES.put("AuAvucLoss", () -> added(3, AuAvucLoss.of()));
        LOSSES.put("MmceLoss", () -> added(4, MmceLoss.of()));
        LOSSES.put("DcaLoss", () -> added(10, DcaLoss.of()));
        LOSSES.put("MdcaLoss", () -> added(1, MdcaLoss.of()));
        LOSSES.put("EsdLoss", () -> added(4, EsdLoss.of()));
        LOSSES.put("KdeCalibrationLoss", () -> added(1, KdeCalibrationLoss.of()));
        LOSSES.put("DeceLoss", () -> added(1, DeceLoss.of()));
    }

    private LossStudy() {}

    private static Loss added(double weight, Loss secondary) {
        return CompositeLoss.of(CrossEntropyLoss.of()).plus(weight, secondary);
    }

    /** The names of the losses, in the order of the table. */
    static List<String> losses() {
        return List.copyOf(LOSSES.keySet());
    }

    /** What makes the loss of a name of {@link #losses()}. */
    static Supplier<Loss> loss(String name) {
        return LOSSES.get(name);
    }

    /**
     * Trains.
     *
     * @param losses names of {@link #losses()}
     * @param seeds number of seeds, from 1
     * @param epochs epochs of each training
     * @param progress where to tell how far it is
     * @return the results of each loss, one for each seed
     */
    static Map<String, List<ArmResult>> run(
            List<String> losses, int seeds, int epochs, Progress progress) throws IOException {
        Map<String, List<ArmResult>> results = new LinkedHashMap<>();
        try (NDManager manager = NDManager.newBaseManager()) {
            ArmTraining.Images images = ArmTraining.Images.of(ImageData.bundled(manager));
            for (String name : losses) {
                ArmTraining arm = new ArmTraining(name, name, LOSSES.get(name));
                for (int seed = 1; seed <= seeds; seed++) {
                    results.computeIfAbsent(name, key -> new ArrayList<>())
                            .add(arm.run(images, epochs, seed, progress));
                }
            }
        }
        return results;
    }

    /** The results as a Markdown table of means and standard deviations over seeds. */
    static String markdown(Map<String, List<ArmResult>> results) {
        StringBuilder table =
                new StringBuilder(
                        "| loss | accuracy % | ECE % | NLL | T | ECE % at T | NLL at T |\n"
                                + "|---|---|---|---|---|---|---|\n");
        results.forEach(
                (name, runs) ->
                        table.append(
                                String.format(
                                        "| %s | %s | %s | %s | %s | %s | %s |%n",
                                        name,
                                        cell(runs, 1, r -> 100 * r.before().accuracy()),
                                        cell(runs, 1, r -> 100 * r.before().ece()),
                                        cell(runs, 3, r -> r.before().nll()),
                                        cell(runs, 2, ArmResult::temperature),
                                        cell(runs, 1, r -> 100 * r.after().ece()),
                                        cell(runs, 3, r -> r.after().nll()))));
        return table.toString();
    }

    /** A figure of several runs: its mean and, of more than one, its standard deviation. */
    static <R> String cell(List<R> runs, int digits, ToDoubleFunction<R> figure) {
        return MeanAndDeviation.of(runs.stream().mapToDouble(figure).toArray()).toString(digits);
    }
}
