/** Plug-ins that bring calibration into a DJL training loop. */
package dev.candor.training;
