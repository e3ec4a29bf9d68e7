/** What is measured: calibration metrics, each a DJL evaluator, and the report made of them. */
package dev.candor.metrics;
