/**
 * Calibration-aware fine-tuning of language models: recipes over DJL's training loop, and a small
 * causal transformer to try them on.
 */
package dev.candor.training.language;
