package dev.candor.calibrators;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A fitted map from logits to calibrated logits.
 *
 * <p>Immutable and free of native memory. Obtained from the {@code fit} method of a calibrator, or
 * from {@link Calibrators#load(Path)}.
 */
public interface Calibrator {

    /**
     * Returns the name of the method, as it stands in saved files.
     *
     * @return the name, such as {@code temperature}
     */
    String method();

    /**
     * Returns the number of classes that this calibrator takes.
     *
     * @return the number of classes, or 0 where any number is taken
     */
    long classes();

    /**
     * Calibrates logits.
     *
     * <p>Shapes and types are checked; values are not read, so a row that holds NaN stays NaN.
     *
     * @param logits {@code [N, C]}, or any shape whose last axis holds the classes, unless the
     *     method says otherwise; a floating-point type
     * @return calibrated logits of the same shape and type, log-probabilities where the method
     *     yields probabilities; they belong to the manager of the logits
     * @throws IllegalArgumentException if the number of classes is not {@link #classes()}, or the
     *     calibrator is a {@link FeatureCalibrator} that was fitted with features
     */
    NDArray apply(NDArray logits);

    /**
     * Returns whether the order of the classes within a row stays as it was, and with it the
     * predicted class. Classes that differ by rounding alone may become equal.
     *
     * @return whether the ranking is preserved
     */
    boolean preservesRanking();

    /**
     * Returns how the fit went.
     *
     * @return the summary
     */
    FitSummary summary();

    /**
     * Returns this calibrator as a block, to follow a network in a {@link
     * ai.djl.nn.SequentialBlock}.
     *
     * <p>Its parameters are frozen: training leaves them as they are and passes gradients through.
     * Not so those of {@link IntraOrderPreserving}, {@link NeuralRankPreserving}, {@link
     * ParameterizedTemperatureScaling}, {@link AdaptiveTemperatureScaling} and {@link
     * LocalTemperatureScaling}, which training goes on to change unless {@link
     * Block#freezeParameters(boolean)} says that it should not; {@link Calibrators#of(Block)} then
     * returns the calibrator as trained. Parameters are created when the block is initialised, in
     * the model's manager.
     *
     * @return a new block
     */
    Block asBlock();

    /**
     * Puts this calibrator behind the network of a model, so that {@link Model#save} writes both as
     * one artifact.
     *
     * <p>The model's block becomes a {@link ai.djl.nn.SequentialBlock} of the network and {@link
     * #asBlock()}. To load the artifact, give a model the same architecture, with any calibrator of
     * the same method, and of a network of the same sizes, in its place, and call {@link
     * Model#load(Path, String)}:
     *
     * <pre>{@code
     * model.setBlock(new SequentialBlock().add(network).add(TemperatureScaling.of(1).asBlock()));
     * model.load(directory, name);
     * }</pre>
     *
     * @param model a trained or loaded model; it is changed
     * @return the same model
     * @throws IllegalArgumentException if the model has no block, or one without parameter values
     */
    Model attachTo(Model model);

    /**
     * Saves this calibrator, to be loaded by {@link Calibrators#load(Path)}. The file is written
     * beside its target and moved into place, so that no reader sees half of it.
     *
     * @param file the target, usually named {@code *.candor}; replaced if it exists
     * @throws IOException if the file cannot be written
     */
    void save(Path file) throws IOException;
}
