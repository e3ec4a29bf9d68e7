/**
 * The bridge to ND4J: calibrators, metrics and reports on arrays of ND4J, in shared memory.
 *
 * <p>Needs ND4J's {@code nd4j-native} beside this library, which does not bring it along.
 */
package dev.candor.nd4j;
