/** Shared by the classes of this module; no part of its interface. */
package dev.candor.language.internal;
