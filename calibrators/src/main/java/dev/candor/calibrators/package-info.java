/**
 * Post-hoc calibrators: maps from the logits of a trained network to calibrated logits, fitted on
 * held-out data.
 *
 * <p>Logits {@code z} have shape {@code [N, C]}, labels {@code [N]} or {@code [N, 1]} hold class
 * indices of any integer type, or floats holding whole numbers. A fitted {@link
 * dev.candor.calibrators.Calibrator} is immutable, may be shared by threads, holds no native memory
 * and is independent of the device it was fitted on.
 *
 * <p>{@link dev.candor.calibrators.Calibrators#best} chooses for the user. By hand:
 *
 * <ul>
 *   <li>scaling, which may be fitted to few samples: {@link
 *       dev.candor.calibrators.TemperatureScaling}, {@link
 *       dev.candor.calibrators.EnsembleTemperatureScaling} and {@link
 *       dev.candor.calibrators.RegionTemperatureScaling}, which keep the predicted class; {@link
 *       dev.candor.calibrators.StructuredMatrixScaling}, {@link
 *       dev.candor.calibrators.VectorScaling}, {@link dev.candor.calibrators.MatrixScaling} and
 *       {@link dev.candor.calibrators.DirichletCalibration}, which treat classes apart
 *   <li>networks, which keep the order of classes and want a thousand samples: {@link
 *       dev.candor.calibrators.IntraOrderPreserving} reshapes the logits of a sample, {@link
 *       dev.candor.calibrators.NeuralRankPreserving} maps them by one increasing function that
 *       depends on the sample or its features, {@link
 *       dev.candor.calibrators.ParameterizedTemperatureScaling} tells a temperature from the
 *       logits, {@link dev.candor.calibrators.AdaptiveTemperatureScaling} from features, {@link
 *       dev.candor.calibrators.LocalTemperatureScaling} for each pixel of a segmentation; their
 *       builders also make blocks to be trained in a network
 *   <li>for two classes: {@link dev.candor.calibrators.PlattScaling}, {@link
 *       dev.candor.calibrators.LogisticScaling}, {@link dev.candor.calibrators.BetaCalibration}
 *   <li>of no set form, for many samples: {@link dev.candor.calibrators.IsotonicCalibration},
 *       {@link dev.candor.calibrators.HistogramBinning}, {@link
 *       dev.candor.calibrators.BayesianBinning}, {@link dev.candor.calibrators.ScalingBinning},
 *       {@link dev.candor.calibrators.SplineCalibration}, {@link dev.candor.calibrators.MetaCal}
 *   <li>sets of classes instead of probabilities: the {@link
 *       dev.candor.calibrators.ConformalPredictor}s
 * </ul>
 *
 * <p>{@link dev.candor.calibrators.OnnxExport} writes most of them as ONNX models.
 */
package dev.candor.calibrators;
