/**
 * Time and memory of the losses: kernels with JMH, side by side with the same formulas in torch,
 * and as a share of a training step.
 *
 * <p>{@link dev.candor.benchmarks.suites.LossSuite} runs all of it.
 */
package dev.candor.benchmarks.suites;
