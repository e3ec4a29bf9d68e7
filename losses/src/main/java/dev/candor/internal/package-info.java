/** Arithmetic and checks shared by the modules of Candor. Not part of the public interface. */
package dev.candor.internal;
