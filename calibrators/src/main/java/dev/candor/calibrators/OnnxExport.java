package dev.candor.calibrators;

import dev.candor.calibrators.internal.AtomicFile;
import dev.candor.calibrators.internal.OnnxGraph;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Calibrators as ONNX models, to be run without this library, such as by ONNX Runtime.
 *
 * <p>A model has the input {@code logits}, float32 {@code [N, C]}, and the output {@code
 * calibrated}, of the same type and shape, as {@link Calibrator#apply}; a calibrator with features
 * has the input {@code features}, float32 {@code [N, F]}, beside it. It takes version 17 of the
 * ONNX operators.
 *
 * <p>Needs {@code org.tribuo:tribuo-util-onnx}, which holds the messages of the format and is an
 * optional dependency of this library.
 *
 * <p>What is exported:
 *
 * <ul>
 *   <li>{@link TemperatureScaling}, {@link VectorScaling}, {@link MatrixScaling}, {@link
 *       DirichletCalibration}, {@link StructuredMatrixScaling}, {@link EnsembleTemperatureScaling},
 *       {@link RegionTemperatureScaling}
 *   <li>{@link PlattScaling}, {@link LogisticScaling}, {@link BetaCalibration}
 *   <li>{@link IntraOrderPreserving}, {@link NeuralRankPreserving}, {@link
 *       ParameterizedTemperatureScaling}, {@link AdaptiveTemperatureScaling}
 * </ul>
 *
 * <p>What is not, and why:
 *
 * <ul>
 *   <li>{@link IsotonicCalibration}, {@link HistogramBinning}, {@link BayesianBinning}, {@link
 *       ScalingBinning}, {@link SplineCalibration}: they look probabilities up among thresholds in
 *       float64, and ONNX has no operator that searches a sorted table
 *   <li>{@link MetaCal}: its result jumps at an entropy that it compares in float64, and these
 *       models compute in float32
 *   <li>{@link LocalTemperatureScaling}: its logits are {@code [N, C, H, W]}, not the rows of these
 *       models
 * </ul>
 */
public final class OnnxExport {

    private static final String MESSAGES = "ai.onnx.proto.OnnxMl";

    private OnnxExport() {}

    /**
     * Writes a calibrator as an ONNX model, beside its target, and moves it into place.
     *
     * @param calibrator a calibrator of this library
     * @param file the target, usually named {@code *.onnx}; replaced if it exists
     * @throws IllegalArgumentException if calibrators of the method cannot be exported
     * @throws IllegalStateException if {@code org.tribuo:tribuo-util-onnx} is not on the class path
     * @throws IOException if the file cannot be written
     */
    public static void write(Calibrator calibrator, Path file) throws IOException {
        AtomicFile.write(file, toBytes(calibrator));
    }

    /**
     * Returns a calibrator as an ONNX model.
     *
     * @param calibrator a calibrator of this library
     * @return the content of an ONNX file
     * @throws IllegalArgumentException if calibrators of the method cannot be exported
     * @throws IllegalStateException if {@code org.tribuo:tribuo-util-onnx} is not on the class path
     */
    public static byte[] toBytes(Calibrator calibrator) {
        if (!(calibrator instanceof FittedCalibrator fitted)) {
            throw Checks.illegal(
                    "%s is not a calibrator of this library", calibrator.getClass().getName());
        }
        try {
            Class.forName(MESSAGES, false, OnnxExport.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "to export to ONNX, add org.tribuo:tribuo-util-onnx to the class path", e);
        }
        OnnxGraph graph = new OnnxGraph(fitted.classes());
        return graph.toByteArray(fitted.onnx(graph, OnnxGraph.LOGITS), fitted.method());
    }
}
