/**
 * What is done to data before it is trained on: mixtures of samples, softened labels, varied texts,
 * and balanced classes.
 *
 * <p>What changes from epoch to epoch draws from DJL's random numbers, as DJL's samplers do: {@link
 * ai.djl.engine.Engine#setRandomSeed} makes it reproducible.
 */
package dev.candor.training.augmentation;
