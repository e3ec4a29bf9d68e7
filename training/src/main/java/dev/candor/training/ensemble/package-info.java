/**
 * Trains several networks, or several sets of weights of one, that predict together: deep and
 * snapshot ensembles, averages of weights and distributions around them.
 */
package dev.candor.training.ensemble;
