package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Calibrators by name and by file. */
public final class Calibrators {

    private static final Map<String, Function<CalibratorFile, Calibrator>> METHODS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(TemperatureScaling.METHOD, TemperatureScaling::of),
                            Map.entry(VectorScaling.METHOD, VectorScaling::of),
                            Map.entry(MatrixScaling.METHOD, MatrixScaling::of),
                            Map.entry(DirichletCalibration.METHOD, DirichletCalibration::of),
                            Map.entry(StructuredMatrixScaling.METHOD, StructuredMatrixScaling::of),
                            Map.entry(
                                    EnsembleTemperatureScaling.METHOD,
                                    EnsembleTemperatureScaling::of),
                            Map.entry(
                                    RegionTemperatureScaling.METHOD, RegionTemperatureScaling::of),
                            Map.entry(IntraOrderPreserving.METHOD, IntraOrderPreserving::of),
                            Map.entry(
                                    ParameterizedTemperatureScaling.METHOD,
                                    ParameterizedTemperatureScaling::of),
                            Map.entry(NeuralRankPreserving.METHOD, NeuralRankPreserving::of),
                            Map.entry(
                                    AdaptiveTemperatureScaling.METHOD,
                                    AdaptiveTemperatureScaling::of),
                            Map.entry(LocalTemperatureScaling.METHOD, LocalTemperatureScaling::of),
                            Map.entry(PlattScaling.METHOD, PlattScaling::of),
                            Map.entry(LogisticScaling.METHOD, LogisticScaling::of),
                            Map.entry(BetaCalibration.METHOD, BetaCalibration::of),
                            Map.entry(IsotonicCalibration.METHOD, IsotonicCalibration::of),
                            Map.entry(HistogramBinning.METHOD, HistogramBinning::of),
                            Map.entry(BayesianBinning.METHOD, BayesianBinning::of),
                            Map.entry(ScalingBinning.METHOD, ScalingBinning::of),
                            Map.entry(SplineCalibration.METHOD, SplineCalibration::of),
                            Map.entry(MetaCal.METHOD, MetaCal::of),
                            Map.entry(ContextualCalibration.METHOD, ContextualCalibration::of),
                            Map.entry(
                                    DomainContextCalibration.METHOD, DomainContextCalibration::of),
                            Map.entry(BatchCalibration.METHOD, BatchCalibration::of)));

    private Calibrators() {}

    /**
     * Loads a calibrator that {@link Calibrator#save(Path)} wrote. It calibrates to the last bit as
     * the one that was saved. Nothing in the file is run.
     *
     * @param file the file
     * @return the calibrator
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is no calibrator file, is truncated or damaged, or
     *     needs a newer version of this library
     */
    public static Calibrator load(Path file) throws IOException {
        CalibratorFile content = CalibratorFile.read(file);
        Function<CalibratorFile, Calibrator> method = METHODS.get(content.method());
        Checks.that(
                method != null,
                "%s holds a calibrator of method '%s', this library knows %s",
                file,
                content.method(),
                METHODS.keySet());
        try {
            return method.apply(content);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the calibrator of a block, with the parameters that training gave it.
     *
     * @param block what {@link Calibrator#asBlock()} or the {@code block} method of a builder
     *     returned
     * @return the calibrator, of which the summary says {@link FitSummary.Status#GIVEN}
     * @throws IllegalArgumentException if it is another block, or its parameters are not finite
     */
    public static Calibrator of(Block block) {
        if (!(block instanceof CalibratorBlock calibrated)) {
            throw Checks.illegal("%s is not the block of a calibrator", block.getClass().getName());
        }
        return of(calibrated.toFile());
    }

    static Calibrator of(CalibratorFile content) {
        return METHODS.get(content.method()).apply(content);
    }

    /**
     * Fits the method that suits the samples: the one of the least negative log-likelihood in
     * five-fold cross-validation, or a simpler one that is not worse by more than a standard error.
     *
     * <p>Compared are {@link TemperatureScaling}, {@link EnsembleTemperatureScaling}, and {@link
     * StructuredMatrixScaling} in its vector form and, for up to 200 classes, its matrix form; for
     * two classes, {@link LogisticScaling} and {@link BetaCalibration} instead of the last two.
     * With fewer than 1000 samples, or 20 for each class, only temperature scaling and the most
     * structured of them take part; with fewer than 50 there is no comparison, but temperature
     * scaling. Where no temperature is best, such as when all samples are right, there is none
     * either, but a method that smooths: {@link StructuredMatrixScaling}, or {@link PlattScaling}
     * for two classes.
     *
     * <p>{@link FitSummary#reasons()} tells why the method was chosen. Many of the methods may
     * change the predicted class: see {@link Calibrator#preservesRanking()}.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator, fitted to all samples
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static Calibrator best(NDArray logits, NDArray labels) {
        return best(logits, labels, 0);
    }

    /**
     * Fits the method that suits the samples, as {@link #best(NDArray, NDArray)}.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @param seed tells which samples are validated together
     * @return the calibrator, fitted to all samples
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static Calibrator best(NDArray logits, NDArray labels, long seed) {
        long begin = System.nanoTime();
        Comparison.Choice choice = Comparison.of(logits, labels, seed);
        FittedCalibrator chosen = choice.calibrator();
        double seconds = FitBuilder.secondsSince(begin);
        FitSummary summary = chosen.summary().chosen(choice.reasons(), seconds);
        return of(chosen.toFile(summary));
    }
}
