package dev.candor.metrics;

import java.util.random.RandomGenerator;

/**
 * A set of rows that can be drawn from anew, as {@link BootstrapInterval} does.
 *
 * @param <S> the set itself
 */
public interface Sample<S> {

    /**
     * Returns the number of rows.
     *
     * @return n, at least 1
     */
    int size();

    /**
     * Draws as many rows, with replacement.
     *
     * @param random the source of randomness
     * @return the rows drawn
     */
    S resample(RandomGenerator random);
}
