package dev.candor.training.ensemble;

import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Snapshot ensemble: one training whose learning rate falls and restarts, and which leaves a member
 * behind at the end of each fall.
 *
 * <pre>{@code
 * SnapshotEnsemble snapshots = SnapshotEnsemble.of(directory, 5 * batches);
 * Optimizer sgd = Optimizer.sgd().setLearningRateTracker(snapshots.tracker(0.1)).build();
 * config.optOptimizer(sgd).addTrainingListeners(snapshots);
 * }</pre>
 *
 * <p>A listener for one trainer: it counts the updates, and after each {@code U} of them writes the
 * weights as a member of a {@link dev.candor.uncertainty.DeepEnsemble}, which the folder is then
 * loaded as. An update that is not finished leaves no member. The rate is that of {@link
 * CyclicCosineTracker}. The members share their past, and differ less than those of a deep
 * ensemble; in return they cost one training. Five cycles or so, each of several epochs.
 *
 * <p>Source: Huang et al., <i>Snapshot Ensembles: Train 1, Get M for Free</i>, ICLR 2017,
 * arXiv:1704.00109.
 */
public final class SnapshotEnsemble extends TrainingListenerAdapter {

    private final Path directory;
    private final int updatesPerCycle;

    private int updates;
    private int written;

    private SnapshotEnsemble(Path directory, int updatesPerCycle) {
        this.directory = directory;
        this.updatesPerCycle = updatesPerCycle;
    }

    /**
     * Returns a listener for one trainer.
     *
     * @param directory a folder for this ensemble alone; created if it does not exist
     * @param updatesPerCycle updates between two members, at least 1
     * @return the listener
     * @throws UncheckedIOException if the folder cannot be created
     */
    public static SnapshotEnsemble of(Path directory, int updatesPerCycle) {
        Checks.atLeast("updatesPerCycle", updatesPerCycle, 1);
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new SnapshotEnsemble(directory, updatesPerCycle);
    }

    /**
     * Returns the learning rate that belongs to the cycles.
     *
     * @param start the rate at the start of each cycle, above 0
     * @return the schedule, for an optimiser that counts from 1
     */
    public Tracker tracker(double start) {
        return CyclicCosineTracker.of(start, updatesPerCycle);
    }

    /** {@inheritDoc} Writes the member of the cycle that the update before has closed. */
    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        // Told before the update of this batch: all updates so far belong to earlier ones.
        write(trainer);
        updates++;
    }

    /** {@inheritDoc} Writes the member of a cycle that ends with the epoch. */
    @Override
    public void onEpoch(Trainer trainer) {
        write(trainer);
    }

    private void write(Trainer trainer) {
        if (updates / updatesPerCycle == written) {
            return;
        }
        MemberFile file = new MemberFile(directory, written++);
        try {
            file.write(
                    trainer.getModel().getBlock(),
                    written,
                    Map.of("updates", Integer.toString(updates)));
        } catch (IOException e) {
            throw new UncheckedIOException(directory + ": cannot write " + file.name(), e);
        }
    }

    /**
     * Returns the number of members written so far.
     *
     * @return the number
     */
    public int members() {
        return written;
    }
}
