package dev.candor.metrics;

/**
 * A number that says how good forecasts are.
 *
 * @param <S> what is measured: {@link Forecasts} or {@link Predictions}
 */
@FunctionalInterface
public interface Metric<S> {

    /**
     * Measures.
     *
     * @param sample what is measured
     * @return the value; NaN where it has none, such as the rank of correct rows among no wrong
     *     ones
     */
    double measure(S sample);
}
