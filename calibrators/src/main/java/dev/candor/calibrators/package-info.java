/** Post-hoc calibrators. */
package dev.candor.calibrators;
