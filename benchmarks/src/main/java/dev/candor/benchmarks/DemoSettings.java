package dev.candor.benchmarks;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * What the command line asks of the demo.
 *
 * @param data the folder of the idx files; null for the bundled images
 * @param seed the seed of initial values and of the order of batches
 * @param epochs the number of epochs of each arm, at least 1; empty for the demo's own schedule
 * @param logits the folder to write the predictions of each arm to; null to write none
 */
record DemoSettings(Path data, int seed, OptionalInt epochs, Path logits) {}
