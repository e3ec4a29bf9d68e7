package dev.candor.benchmarks;

import ai.djl.ndarray.NDManager;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Trains a small network on images with cross-entropy and with two calibration losses.
 *
 * <p>The schedule is long enough for cross-entropy to grow overconfident, so that there is
 * something to repair.
 */
final class Demo implements Experiment {

    private static final int EPOCHS = 30;

    private static final List<ArmTraining> ARMS =
            List.of(
                    new ArmTraining(
                            "cross-entropy",
                            "Cross-entropy alone, as networks are usually trained.",
                            CrossEntropyLoss::of),
                    new ArmTraining(
                            "soft-binned ECE",
                            "Cross-entropy plus the soft-binned expected calibration error of each"
                                    + " batch, with weight 1.",
                            () ->
                                    CompositeLoss.of(CrossEntropyLoss.of())
                                            .plus(1, SoftBinnedEceLoss.of())),
                    new ArmTraining(
                            "focal loss",
                            "Focal loss with gamma 3, in which samples already certain fade out.",
                            FocalLoss::of));

    @Override
    public DemoResult run(DemoSettings settings, Progress progress) throws IOException {
        int epochs = settings.epochs().orElse(EPOCHS);
        try (NDManager manager = NDManager.newBaseManager()) {
            ImageData data =
                    settings.data() == null
                            ? ImageData.bundled(manager)
                            : ImageData.of(manager, settings.data());
            ArmTraining.Images images = ArmTraining.Images.of(data);
            List<ArmResult> results = new ArrayList<>();
            for (ArmTraining arm : ARMS) {
                results.add(arm.run(images, epochs, settings.seed(), settings.logits(), progress));
            }
            return new DemoResult(
                    new DemoResult.Setup(
                            data.name(),
                            images.training().size(),
                            images.validation().size(),
                            images.test().size(),
                            "two 3x3 convolutions of 16 and 32 filters, 128 hidden units",
                            String.format(
                                    Locale.ROOT,
                                    "Adam at %s, batches of %d, %d epochs",
                                    ArmTraining.LEARNING_RATE,
                                    ArmTraining.BATCH,
                                    epochs),
                            settings.seed(),
                            threads()),
                    DemoResult.currentVersions(),
                    results);
        }
    }

    private static int threads() {
        return Integer.getInteger(
                "ai.djl.pytorch.num_threads", Runtime.getRuntime().availableProcessors());
    }
}
