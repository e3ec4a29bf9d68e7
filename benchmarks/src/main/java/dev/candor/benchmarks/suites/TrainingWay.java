package dev.candor.benchmarks.suites;

import ai.djl.training.loss.Loss;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.util.List;
import java.util.function.Supplier;

/**
 * A way to train.
 *
 * @param name how tables call it
 * @param dropout the rate before the last layer, 0 for none
 * @param members the networks, which step one after another
 * @param reported whether the trainer reports the loss of each batch
 * @param loss makes the loss of a network
 */
record TrainingWay(String name, float dropout, int members, boolean reported, Supplier<Loss> loss) {

    static final TrainingWay PLAIN = of("plain", CrossEntropyLoss::of);

    static final List<TrainingWay> ALL =
            List.of(
                    PLAIN,
                    of(
                            "calibration-aware",
                            () ->
                                    CompositeLoss.of(CrossEntropyLoss.of())
                                            .plus(1, SoftBinnedEceLoss.of())),
                    new TrainingWay("dropout", 0.1f, 1, true, CrossEntropyLoss::of),
                    new TrainingWay("ensemble of 5", 0, 5, true, CrossEntropyLoss::of));

    /** One network without dropout. */
    static TrainingWay of(String name, Supplier<Loss> loss) {
        return new TrainingWay(name, 0, 1, true, loss);
    }

    static TrainingWay of(String name) {
        return ALL.stream()
                .filter(way -> way.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "way = " + name + ", expected one of " + ALL));
    }

    TrainingWay unreported() {
        return new TrainingWay(name, dropout, members, false, loss);
    }

    @Override
    public String toString() {
        return name;
    }
}
