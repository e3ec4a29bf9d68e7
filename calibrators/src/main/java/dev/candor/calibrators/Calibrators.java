package dev.candor.calibrators;

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
                            Map.entry(PlattScaling.METHOD, PlattScaling::of),
                            Map.entry(LogisticScaling.METHOD, LogisticScaling::of),
                            Map.entry(BetaCalibration.METHOD, BetaCalibration::of),
                            Map.entry(IsotonicCalibration.METHOD, IsotonicCalibration::of),
                            Map.entry(HistogramBinning.METHOD, HistogramBinning::of),
                            Map.entry(BayesianBinning.METHOD, BayesianBinning::of),
                            Map.entry(ScalingBinning.METHOD, ScalingBinning::of),
                            Map.entry(SplineCalibration.METHOD, SplineCalibration::of),
                            Map.entry(MetaCal.METHOD, MetaCal::of)));

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
}
