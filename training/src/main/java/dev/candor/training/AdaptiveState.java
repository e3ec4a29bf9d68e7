package dev.candor.training;

import ai.djl.training.loss.Loss;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.internal.Checks;
import dev.candor.losses.AdaFocalGammas;
import dev.candor.losses.AdaFocalLoss;
import dev.candor.losses.AvucLoss;
import dev.candor.losses.BinAccuracy;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CorrectnessHistory;
import dev.candor.losses.CorrectnessRankingLoss;
import dev.candor.losses.RcftLoss;
import dev.candor.losses.ScheduledFocalLoss;
import java.util.ArrayList;
import java.util.List;

/** What the parts of a loss remember from one epoch to the next. */
final class AdaptiveState {

    private static final Gson GSON = new Gson();

    private final List<Loss> losses = new ArrayList<>();

    private AdaptiveState() {}

    /** The state of a loss and of the losses of which it is made. */
    static AdaptiveState of(Loss loss) {
        AdaptiveState state = new AdaptiveState();
        state.add(loss);
        return state;
    }

    private void add(Loss loss) {
        losses.add(loss);
        if (loss instanceof SingleEvaluationLoss wrapper) {
            add(wrapper.loss());
        } else if (loss instanceof PiModelLoss wrapper) {
            add(wrapper.primary());
        } else if (loss instanceof PseudoLabelLoss wrapper) {
            add(wrapper.primary());
        } else if (loss instanceof CompositeLoss composite) {
            composite.losses().forEach(this::add);
        }
    }

    /** The losses of a type. */
    <T extends Loss> List<T> all(Class<T> type) {
        return losses.stream().filter(type::isInstance).map(type::cast).toList();
    }

    JsonArray toJson() {
        JsonArray states = new JsonArray();
        for (Loss loss : losses) {
            JsonObject state = new JsonObject();
            state.addProperty("loss", loss.getClass().getSimpleName());
            write(loss, state);
            states.add(state);
        }
        return states;
    }

    private static void write(Loss loss, JsonObject state) {
        if (loss instanceof CompositeLoss composite) {
            state.addProperty("batches", composite.batches());
        } else if (loss instanceof ScheduledFocalLoss scheduled) {
            state.addProperty("batches", scheduled.batches());
        } else if (loss instanceof PiModelLoss consistency) {
            state.addProperty("batches", consistency.batches());
        } else if (loss instanceof PseudoLabelLoss labelling) {
            state.addProperty("batches", labelling.batches());
        } else if (loss instanceof AdaFocalLoss focal) {
            state.add("edges", GSON.toJsonTree(focal.gammas().edges()));
            state.add("gammas", GSON.toJsonTree(focal.gammas().gammas()));
        } else if (loss instanceof AvucLoss avuc) {
            state.addProperty("threshold", avuc.threshold());
            state.addProperty("updates", avuc.thresholdUpdates());
        } else if (loss instanceof CorrectnessRankingLoss ranking) {
            state.add("counts", GSON.toJsonTree(ranking.history().counts()));
            state.addProperty("epochs", ranking.history().epochs());
        } else if (loss instanceof RcftLoss rcft) {
            state.add("accuracies", GSON.toJsonTree(rcft.accuracy().accuracies()));
            state.add("counts", GSON.toJsonTree(rcft.accuracy().counts()));
        }
    }

    /** Gives each loss the state that {@link #toJson} told of one of its kind. */
    void resumeAt(JsonArray states) {
        Checks.that(
                states.size() == losses.size(),
                "the checkpoint is of a loss of %d parts, expected %d",
                states.size(),
                losses.size());
        for (int i = 0; i < losses.size(); i++) {
            JsonObject state = states.get(i).getAsJsonObject();
            String name = losses.get(i).getClass().getSimpleName();
            Checks.that(
                    state.get("loss").getAsString().equals(name),
                    "part %d of the loss is %s in the checkpoint, expected %s",
                    i,
                    state.get("loss").getAsString(),
                    name);
            resume(losses.get(i), state);
        }
    }

    private static void resume(Loss loss, JsonObject state) {
        if (loss instanceof CompositeLoss composite) {
            composite.resumeAt(state.get("batches").getAsInt());
        } else if (loss instanceof ScheduledFocalLoss scheduled) {
            scheduled.resumeAt(state.get("batches").getAsInt());
        } else if (loss instanceof PiModelLoss consistency) {
            consistency.resumeAt(state.get("batches").getAsInt());
        } else if (loss instanceof PseudoLabelLoss labelling) {
            labelling.resumeAt(state.get("batches").getAsInt());
        } else if (loss instanceof AdaFocalLoss focal) {
            focal.update(
                    AdaFocalGammas.of(doubles(state.get("edges")), doubles(state.get("gammas"))));
        } else if (loss instanceof AvucLoss avuc) {
            avuc.resumeAt(state.get("threshold").getAsDouble(), state.get("updates").getAsInt());
        } else if (loss instanceof CorrectnessRankingLoss ranking) {
            int[] counts = GSON.fromJson(state.get("counts"), int[].class);
            ranking.history()
                    .resumeAt(CorrectnessHistory.of(counts, state.get("epochs").getAsInt()));
        } else if (loss instanceof RcftLoss rcft) {
            long[] counts = GSON.fromJson(state.get("counts"), long[].class);
            rcft.update(BinAccuracy.of(doubles(state.get("accuracies")), counts));
        }
    }

    private static double[] doubles(JsonElement numbers) {
        return GSON.fromJson(numbers, double[].class);
    }
}
