/** Pretrained text encoders as trainable DJL blocks, and their fine-tuning with calibration. */
package dev.candor.language;
