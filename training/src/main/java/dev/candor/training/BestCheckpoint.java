package dev.candor.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.AtomicFile;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the weights of the best epoch, by default by refinement, and gives them back when training
 * ends. With a directory, training also goes on after the process was ended, and loses no more than
 * the running epoch.
 *
 * <pre>{@code
 * BestCheckpoint checkpoint = BestCheckpoint.of(directory);
 * config.addTrainingListeners(CalibrationMonitor.of(), checkpoint);
 * ...
 * trainer.initialize(shape);
 * EasyTrain.fit(trainer, epochs - checkpoint.resume(trainer), training, validation);
 * }</pre>
 *
 * <p>After each epoch, {@code last.checkpoint} gets all parameters, the history of the monitor, the
 * state of adaptive losses, the number of training batches by which losses and their weights are
 * scheduled, and the state of a {@link ResumableAdam} that the builder was told of; {@code
 * best.checkpoint} gets the parameters of the best epoch. Each is written beside its target and
 * moved into place, so that whenever the process ends, the directory holds whole epochs.
 *
 * <p>DJL does not let anyone read the state of its own optimizers: after resumption their moments
 * and their step count start anew. Plain stochastic gradient descent at a fixed rate has no state;
 * for Adam use {@link ResumableAdam}. With {@link Builder#optSeed} each epoch begins with a seed of
 * its own, and the resumed training is the same, to the last bit, as one that was not interrupted.
 * Otherwise the order of samples and dropout differ.
 *
 * <p>Needs a {@link CalibrationMonitor} among the listeners and a validation set. For one trainer
 * at a time.
 */
public final class BestCheckpoint extends TrainingListenerAdapter {

    private static final String LAST = "last.checkpoint";
    private static final String BEST = "best.checkpoint";
    private static final String NETWORK = "network:";
    private static final String OPTIMIZER = "optimizer:";
    private static final Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();

    private final Path directory;
    private final Criterion criterion;
    private final Integer seed;
    private final ResumableAdam optimizer;

    private CalibrationEpoch best;
    private NDManager keeper;
    private Map<String, NDArray> kept;
    private boolean current;

    private BestCheckpoint(Builder builder) {
        this.directory = builder.directory;
        this.criterion = builder.criterion;
        this.seed = builder.seed;
        this.optimizer = builder.optimizer;
    }

    /**
     * Returns a listener that keeps the best weights by refinement in memory.
     *
     * @return the listener
     */
    public static BestCheckpoint of() {
        return builder().build();
    }

    /**
     * Returns a listener that keeps the best weights by refinement, and all that is needed to
     * resume, in a directory.
     *
     * @param directory made if it does not exist; one for each training
     * @return the listener
     */
    public static BestCheckpoint of(Path directory) {
        return builder().optDirectory(directory).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void onTrainingBegin(Trainer trainer) {
        best = null;
        seedEpoch(0);
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        current = false;
    }

    @Override
    public void onEpoch(Trainer trainer) {
        CalibrationMonitor monitor = CalibrationMonitor.in(trainer, this);
        CalibrationEpoch epoch = monitor.measure(trainer);
        if (epoch == null) {
            throw new IllegalStateException(
                    "BestCheckpoint has no validation set to go by, expected one");
        }
        TrainerParameters parameters = TrainerParameters.of(trainer);
        try {
            if (best == null || criterion.best(List.of(best, epoch), 0) == epoch) {
                best = epoch;
                current = true;
                keep(trainer, parameters);
            }
            if (directory != null) {
                CheckpointFile.write(
                        directory.resolve(LAST), state(trainer, monitor), resumable(parameters));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a checkpoint to " + directory, e);
        }
        seedEpoch(monitor.finishedEpochs());
    }

    private void keep(Trainer trainer, TrainerParameters parameters) throws IOException {
        if (directory != null) {
            Files.createDirectories(directory);
            JsonObject header = new JsonObject();
            header.add("best", GSON.toJsonTree(best));
            CheckpointFile.write(directory.resolve(BEST), header, named(parameters.values()));
            return;
        }
        if (keeper != null) {
            keeper.close();
        }
        keeper = trainer.getManager().newSubManager();
        kept = new LinkedHashMap<>();
        parameters
                .values()
                .forEach(
                        (name, value) -> {
                            NDArray copy = value.duplicate();
                            copy.attach(keeper);
                            kept.put(name, copy);
                        });
    }

    private static Map<String, NDArray> named(Map<String, NDArray> values) {
        Map<String, NDArray> named = new LinkedHashMap<>();
        values.forEach((name, value) -> named.put(NETWORK + name, value));
        return named;
    }

    private Map<String, NDArray> resumable(TrainerParameters parameters) {
        Map<String, NDArray> arrays = named(parameters.values());
        if (optimizer != null) {
            optimizer
                    .moments(parameters.ids())
                    .forEach((name, moment) -> arrays.put(OPTIMIZER + name, moment));
        }
        return arrays;
    }

    private JsonObject state(Trainer trainer, CalibrationMonitor monitor) {
        JsonObject state = new JsonObject();
        state.addProperty("epochs", monitor.finishedEpochs());
        state.add("history", GSON.toJsonTree(monitor.history()));
        state.add("losses", AdaptiveState.of(trainer.getLoss()).toJson());
        if (optimizer != null) {
            state.addProperty("updates", optimizer.updates());
        }
        return state;
    }

    private void seedEpoch(int epoch) {
        if (seed != null) {
            Engine.getInstance().setRandomSeed(seed + epoch);
        }
    }

    /**
     * Goes on after the last epoch in the directory. To be called once, after the trainer was
     * initialised.
     *
     * @param trainer a trainer of the same network and with the same loss as before
     * @return the number of epochs that are done; 0 if there is no checkpoint, or no directory
     * @throws IllegalArgumentException if a checkpoint is damaged or is not of this network or loss
     * @throws UncheckedIOException if a checkpoint cannot be read
     */
    public int resume(Trainer trainer) {
        if (directory == null || !Files.exists(directory)) {
            return 0;
        }
        try (NDManager scope = trainer.getManager().newSubManager()) {
            AtomicFile.deleteParts(directory.resolve(LAST));
            AtomicFile.deleteParts(directory.resolve(BEST));
            if (!Files.exists(directory.resolve(LAST))) {
                return 0;
            }
            CheckpointFile.Content last = CheckpointFile.read(directory.resolve(LAST), scope);
            TrainerParameters parameters = TrainerParameters.of(trainer);
            parameters.set(part(last.arrays(), NETWORK));
            AdaptiveState.of(trainer.getLoss()).resumeAt(last.header().getAsJsonArray("losses"));
            if (optimizer != null) {
                Checks.that(
                        last.header().has("updates"),
                        "%s holds no state of an optimizer, expected that of ResumableAdam",
                        directory.resolve(LAST));
                optimizer.resumeAt(
                        last.header().get("updates").getAsInt(),
                        parameters.ids(),
                        part(last.arrays(), OPTIMIZER),
                        parameters.mirrors());
            }
            int epochs = last.header().get("epochs").getAsInt();
            CalibrationEpoch[] history =
                    GSON.fromJson(last.header().get("history"), CalibrationEpoch[].class);
            CalibrationMonitor.in(trainer, this).resumeAt(epochs, List.of(history));
            best =
                    GSON.fromJson(
                            CheckpointFile.header(directory.resolve(BEST)).get("best"),
                            CalibrationEpoch.class);
            seedEpoch(epochs);
            return epochs;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a checkpoint in " + directory, e);
        }
    }

    private static Map<String, NDArray> part(Map<String, NDArray> arrays, String prefix) {
        Map<String, NDArray> part = new LinkedHashMap<>();
        arrays.forEach(
                (name, array) -> {
                    if (name.startsWith(prefix)) {
                        part.put(name.substring(prefix.length()), array);
                    }
                });
        return part;
    }

    /**
     * Gives the network the weights of the best epoch, on all devices. Happens by itself when the
     * trainer closes. Does nothing before the first epoch.
     *
     * @param trainer the trainer
     * @throws UncheckedIOException if the checkpoint cannot be read
     */
    public void restore(Trainer trainer) {
        if (best == null || current) {
            return;
        }
        TrainerParameters parameters = TrainerParameters.of(trainer);
        if (directory == null) {
            parameters.set(kept);
        } else {
            try (NDManager scope = trainer.getManager().newSubManager()) {
                parameters.set(
                        part(
                                CheckpointFile.read(directory.resolve(BEST), scope).arrays(),
                                NETWORK));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read a checkpoint in " + directory, e);
            }
        }
        current = true;
    }

    /** Restores the best weights. */
    @Override
    public void onTrainingEnd(Trainer trainer) {
        restore(trainer);
    }

    /**
     * Returns the best epoch so far.
     *
     * @return the epoch; null before the first
     */
    public CalibrationEpoch best() {
        return best;
    }

    /** Builds a {@link BestCheckpoint}. */
    public static final class Builder {

        private Path directory;
        private Criterion criterion = Criterion.REFINEMENT;
        private Integer seed;
        private ResumableAdam optimizer;

        private Builder() {}

        /**
         * Sets where checkpoints are written; without, the best weights are kept in memory.
         *
         * @param directory made if it does not exist; one for each training
         * @return this builder
         */
        public Builder optDirectory(Path directory) {
            this.directory = directory;
            return this;
        }

        /**
         * Sets what makes an epoch the best.
         *
         * @param criterion default {@link Criterion#REFINEMENT}
         * @return this builder
         */
        public Builder optCriterion(Criterion criterion) {
            this.criterion = criterion;
            return this;
        }

        /**
         * Seeds the engine and the order of samples at the start of each epoch, so that resumption
         * changes nothing.
         *
         * @param seed the seed of the first epoch; each later one has the next
         * @return this builder
         */
        public Builder optSeed(int seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets an optimizer whose state is kept too.
         *
         * @param optimizer the optimizer of the training configuration
         * @return this builder
         */
        public Builder optOptimizer(ResumableAdam optimizer) {
            this.optimizer = optimizer;
            return this;
        }

        /**
         * Builds the listener.
         *
         * @return the listener
         */
        public BestCheckpoint build() {
            return new BestCheckpoint(this);
        }
    }
}
