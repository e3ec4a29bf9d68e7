/**
 * What is measured: calibration and its neighbours.
 *
 * <p>A {@link dev.candor.metrics.Metric} is a small object that measures one of four kinds of set:
 *
 * <ul>
 *   <li>{@link dev.candor.metrics.Forecasts}: probabilities with what came of them; confidences and
 *       whether they were right, or a binary classifier
 *   <li>{@link dev.candor.metrics.Predictions}: a few numbers of each row of a classifier
 *   <li>{@link dev.candor.metrics.ClassForecasts}: the probabilities of all classes, or labels
 *   <li>{@link dev.candor.metrics.OodScores}: scores of familiar inputs and of such from elsewhere
 * </ul>
 *
 * <p>Each reads NDArrays or plain arrays, and checks them. {@link
 * dev.candor.metrics.BootstrapInterval} puts an interval around any metric of any of them. The most
 * usual numbers come together in a {@link dev.candor.metrics.CalibrationReport}.
 *
 * <p>The usual metrics are DJL {@link ai.djl.training.evaluator.Evaluator}s too, which keep sums on
 * the device during an epoch; {@link dev.candor.metrics.MetricEvaluator} and {@link
 * dev.candor.metrics.BinaryMetricEvaluator} make one of any other.
 *
 * <p>Throughout, {@code n} is the number of rows, {@code f_i} a forecast and {@code o_i} its
 * outcome, 0 or 1; {@code p_ik} the probability of class k and {@code y_i} the label. Logits and
 * probabilities are never guessed apart: methods that take probabilities say so in their names.
 */
package dev.candor.metrics;
