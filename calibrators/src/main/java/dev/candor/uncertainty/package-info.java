/**
 * What a network does not know: distributions over predictions from dropout and ensembles, scores
 * that tell inputs from elsewhere, and predictions that are given only where they are sure enough.
 */
package dev.candor.uncertainty;
