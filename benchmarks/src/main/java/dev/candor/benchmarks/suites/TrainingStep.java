package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;
import dev.candor.losses.FocalLoss;
import dev.candor.losses.LabelSmoothingLoss;
import dev.candor.losses.SoftAvucLoss;
import dev.candor.losses.SoftBinnedEceLoss;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a loss adds to a step of training with 128 inputs. Steps with the loss and with plain
 * cross-entropy alternate in blocks, on trainers of the same initial weights.
 */
final class TrainingStep {

    static final double BAR = 1.05;

    private static final int BATCH = 128;
    private static final int BLOCKS_PER_PAIR = 3;

    private final Workload workload;
    private final long seed;
    private final int pairs;
    private final int stepsPerBlock;
    private final Device device;
    private final Clock clock;

    TrainingStep(
            Workload workload,
            long seed,
            int pairs,
            int stepsPerBlock,
            Device device,
            Clock clock) {
        this.workload = workload;
        this.seed = seed;
        this.pairs = pairs;
        this.stepsPerBlock = stepsPerBlock;
        this.device = device;
        this.clock = clock;
    }

    /** The ratio of the time of a step to that with cross-entropy. */
    record Row(String loss, Spread milliseconds, Spread ratio, Verdict verdict) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", loss);
            json.add("milliseconds", milliseconds.toJson());
            json.add("ratioToCrossEntropy", ratio.toJson());
            json.addProperty("verdict", verdict.toString());
            return json;
        }
    }

    static Map<String, Supplier<Loss>> losses() {
        Map<String, Supplier<Loss>> losses = new LinkedHashMap<>();
        losses.put(
                "CrossEntropyLoss + SoftBinnedEceLoss",
                () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftBinnedEceLoss.of()));
        losses.put(
                "CrossEntropyLoss + SoftAvucLoss",
                () -> CompositeLoss.of(CrossEntropyLoss.of()).plus(1, SoftAvucLoss.of()));
        losses.put("FocalLoss", FocalLoss::of);
        losses.put("LabelSmoothingLoss", LabelSmoothingLoss::of);
        return losses;
    }

    List<Row> run(PrintWriter out) {
        out.printf("%-40s %12s %28s  at most %s%n", "training step", "ms", "x cross-entropy", BAR);
        List<Row> rows = new ArrayList<>();
        for (Map.Entry<String, Supplier<Loss>> entry : losses().entrySet()) {
            Row row = compare(entry.getKey(), entry.getValue());
            out.printf(
                    Locale.ROOT,
                    "%-40s %12.3f %28s  %s%n",
                    row.loss,
                    row.milliseconds.median(),
                    row.ratio,
                    row.verdict);
            rows.add(row);
        }
        return rows;
    }

    private Row compare(String name, Supplier<Loss> loss) {
        try (StepTimer base = timer(CrossEntropyLoss::of);
                StepTimer arm = timer(loss)) {
            Paired times = Paired.of(arm, base, pairs, BLOCKS_PER_PAIR, stepsPerBlock);
            return new Row(
                    name,
                    times.milliseconds(),
                    times.ratio(),
                    Verdict.of(times.ratio().median() <= BAR));
        }
    }

    private StepTimer timer(Supplier<Loss> loss) {
        return new StepTimer(
                workload, TrainingWay.of("", loss), BATCH, DataType.FLOAT32, seed, device, clock);
    }
}
