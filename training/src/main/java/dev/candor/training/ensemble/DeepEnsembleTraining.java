package dev.candor.training.ensemble;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains the members of a {@link dev.candor.uncertainty.DeepEnsemble}: the same network on the same
 * data, from different initial values and in a different order of samples.
 *
 * <pre>{@code
 * DeepEnsembleTraining.builder()
 *         .setDirectory(directory)
 *         .setNetwork(() -> newNetwork())
 *         .setConfig(() -> newConfig())
 *         .setInputShapes(new Shape(1, 1, 28, 28))
 *         .optMembers(5)
 *         .optEpochs(30)
 *         .build()
 *         .train(training, validation);
 * }</pre>
 *
 * <p>Member {@code m = 0..M-1} is trained from the seed {@code s + m}, which stands in its file
 * with the number of epochs. It is written when it is done, and moved into place, so that a
 * training that is killed goes on from the first member that is missing and loses at most one;
 * members that were trained from another seed or for other epochs are refused, not mixed. A member
 * is a lock too: several processes may work on one folder, each with its own device in its
 * configuration, and none trains what another has begun. Within one process the engine collects the
 * gradients of one training at a time, so members follow one another. Only the member being trained
 * is in memory.
 *
 * <p>Adversarial training, as in the paper, adds the loss of inputs that were moved against the
 * network:
 *
 * <pre>
 *   L = l(x, y) + l(x', y),   x' = x + epsilon sign(dl(x, y) / dx)
 * </pre>
 *
 * <p>The paper takes 1 % of the range of each input for epsilon; here it is one number for all
 * values of the first input, which should then be scaled alike. It doubles the time. The default is
 * 0, without.
 *
 * <p>Source: Lakshminarayanan, Pritzel and Blundell, <i>Simple and Scalable Predictive Uncertainty
 * Estimation using Deep Ensembles</i>, NeurIPS 2017, arXiv:1612.01474, algorithm 1.
 */
public final class DeepEnsembleTraining {

    private static final Logger LOGGER = LoggerFactory.getLogger(DeepEnsembleTraining.class);

    private static final String SEED = "seed";
    private static final String EPOCHS = "epochs";
    private static final String STEP = "adversarialStep";

    private final Path directory;
    private final Supplier<Block> network;
    private final Supplier<? extends TrainingConfig> config;
    private final Shape[] inputShapes;
    private final int members;
    private final int epochs;
    private final int seed;
    private final double adversarialStep;

    private DeepEnsembleTraining(Builder builder) {
        this.directory = builder.directory;
        this.network = builder.network;
        this.config = builder.config;
        this.inputShapes = builder.inputShapes;
        this.members = builder.members;
        this.epochs = builder.epochs;
        this.seed = builder.seed;
        this.adversarialStep = builder.adversarialStep;
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
     * Trains the members that are missing, and waits for those that other processes train.
     *
     * @param training the data of all members, shuffled
     * @param validation what the listeners of the configuration see after each epoch; may be null
     * @throws IOException if a member or the data cannot be read or written
     * @throws TranslateException if the data cannot be batched
     * @throws IllegalArgumentException if the folder holds a member of another seed, number of
     *     epochs or adversarial step
     */
    public void train(Dataset training, Dataset validation) throws IOException, TranslateException {
        Files.createDirectories(directory);
        List<Integer> taken = new ArrayList<>();
        for (int member = 0; member < members; member++) {
            if (!train(member, false, training, validation)) {
                taken.add(member);
            }
        }
        for (int member : taken) {
            train(member, true, training, validation);
        }
    }

    private boolean train(int member, boolean wait, Dataset training, Dataset validation)
            throws IOException, TranslateException {
        MemberFile file = new MemberFile(directory, member);
        if (isDone(file, member)) {
            return true;
        }
        Path guard = directory.resolve("." + file.name() + ".lock");
        try (FileChannel channel =
                        FileChannel.open(
                                guard, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = wait ? channel.lock() : channel.tryLock()) {
            if (lock == null) {
                return false;
            }
            // Another process may have finished it in between.
            if (!isDone(file, member)) {
                LOGGER.info(
                        "training {} of {} members, seed {}", member + 1, members, seed + member);
                train(file, member, training, validation);
            }
            return true;
        } catch (OverlappingFileLockException e) {
            throw new IllegalStateException(
                    directory + ": another thread of this process trains " + file.name(), e);
        }
    }

    private boolean isDone(MemberFile file, int member) throws IOException {
        Optional<Map<String, String>> found = file.properties();
        if (found.isEmpty()) {
            return false;
        }
        properties(member)
                .forEach(
                        (name, expected) ->
                                Checks.that(
                                        expected.equals(found.get().get(name)),
                                        "%s: %s was trained with %s %s, expected %s",
                                        directory,
                                        file.name(),
                                        name,
                                        found.get().get(name),
                                        expected));
        return true;
    }

    private Map<String, String> properties(int member) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(SEED, Integer.toString(seed + member));
        properties.put(EPOCHS, Integer.toString(epochs));
        properties.put(STEP, Double.toString(adversarialStep));
        return properties;
    }

    private void train(MemberFile file, int member, Dataset training, Dataset validation)
            throws IOException, TranslateException {
        Engine.getInstance().setRandomSeed(seed + member);
        try (Model model = Model.newInstance(file.name())) {
            model.setBlock(network.get());
            try (Trainer trainer = model.newTrainer(config.get())) {
                trainer.initialize(inputShapes);
                if (adversarialStep > 0) {
                    new AdversarialTraining(adversarialStep)
                            .fit(trainer, epochs, training, validation);
                } else {
                    EasyTrain.fit(trainer, epochs, training, validation);
                }
            }
            file.write(model.getBlock(), epochs, properties(member));
        }
    }

    /** Builds a {@link DeepEnsembleTraining}. */
    public static final class Builder {

        private Path directory;
        private Supplier<Block> network;
        private Supplier<? extends TrainingConfig> config;
        private Shape[] inputShapes;
        private int members = 5;
        private int epochs = 10;
        private int seed = 1;
        private double adversarialStep;

        private Builder() {}

        /**
         * Sets where the members are kept; created if it does not exist.
         *
         * @param directory a folder for this ensemble alone
         * @return this builder
         */
        public Builder setDirectory(Path directory) {
            this.directory = directory;
            return this;
        }

        /**
         * Sets what makes the network, called once for each member.
         *
         * @param network makes a block without parameter values
         * @return this builder
         */
        public Builder setNetwork(Supplier<Block> network) {
            this.network = network;
            return this;
        }

        /**
         * Sets what makes the configuration, called once for each member, since losses, optimisers
         * and listeners remember.
         *
         * @param config makes a configuration
         * @return this builder
         */
        public Builder setConfig(Supplier<? extends TrainingConfig> config) {
            this.config = config;
            return this;
        }

        /**
         * Sets the shapes that initialise the network.
         *
         * @param inputShapes the shape of each input, samples on the first axis
         * @return this builder
         */
        public Builder setInputShapes(Shape... inputShapes) {
            this.inputShapes = inputShapes.clone();
            return this;
        }

        /**
         * Sets the number of members.
         *
         * @param members M, at least 1; default 5
         * @return this builder
         */
        public Builder optMembers(int members) {
            this.members = Checks.atLeast("members", members, 1);
            return this;
        }

        /**
         * Sets the number of epochs of each member.
         *
         * @param epochs at least 1; default 10
         * @return this builder
         */
        public Builder optEpochs(int epochs) {
            this.epochs = Checks.atLeast("epochs", epochs, 1);
            return this;
        }

        /**
         * Sets the seed of the first member.
         *
         * @param seed any number; default 1
         * @return this builder
         */
        public Builder optSeed(int seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Sets how far inputs are moved in adversarial training.
         *
         * @param step epsilon in the unit of the first input, at least 0; default 0, without
         * @return this builder
         */
        public Builder optAdversarialStep(double step) {
            this.adversarialStep = Checks.nonNegative("adversarialStep", step);
            return this;
        }

        /**
         * Builds the training.
         *
         * @return the training
         * @throws IllegalArgumentException if folder, network, configuration or input shapes are
         *     not set
         */
        public DeepEnsembleTraining build() {
            Checks.that(directory != null, "no directory for the members: call setDirectory");
            Checks.that(network != null, "no network: call setNetwork");
            Checks.that(config != null, "no configuration: call setConfig");
            Checks.that(inputShapes != null, "no input shapes: call setInputShapes");
            return new DeepEnsembleTraining(this);
        }
    }
}
