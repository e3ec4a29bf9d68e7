/** The demo, the command line, and measurements on real data. */
package dev.candor.benchmarks;
