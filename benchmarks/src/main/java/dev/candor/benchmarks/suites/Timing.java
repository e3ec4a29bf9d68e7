package dev.candor.benchmarks.suites;

/**
 * How long something took, and what came of it.
 *
 * @param seconds the median over the repetitions
 * @param value what tells that two sides did the same: the value of a loss, the objective of a fit
 */
record Timing(double seconds, double value) {}
