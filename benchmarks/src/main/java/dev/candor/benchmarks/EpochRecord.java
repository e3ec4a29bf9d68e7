package dev.candor.benchmarks;

/**
 * What was measured on the validation split at the end of an epoch.
 *
 * @param epoch the number of the epoch, from 1
 * @param ece expected calibration error, 15 bins of equal width
 * @param nll mean negative log-likelihood in nats
 * @param temperature the temperature that would calibrate the network as it stands
 */
record EpochRecord(int epoch, double ece, double nll, double temperature) {}
