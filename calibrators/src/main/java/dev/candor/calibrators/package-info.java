/**
 * Post-hoc calibrators: maps from the logits of a trained network to calibrated logits, fitted on
 * held-out data.
 *
 * <p>Logits {@code z} have shape {@code [N, C]}, labels {@code [N]} or {@code [N, 1]} hold class
 * indices of any integer type, or floats holding whole numbers. A fitted {@link
 * dev.candor.calibrators.Calibrator} is immutable, may be shared by threads, holds no native memory
 * and is independent of the device it was fitted on.
 */
package dev.candor.calibrators;
