/** Shared by the calibrators; no part of the public interface. */
package dev.candor.calibrators.internal;
