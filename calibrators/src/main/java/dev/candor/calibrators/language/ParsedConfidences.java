package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import dev.candor.metrics.Forecasts;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The confidences of many answers, of which some could not be parsed. Those are counted, and left
 * out: nothing takes their place. Immutable.
 */
public final class ParsedConfidences {

    private final int size;
    private final int[] rows;
    private final double[] values;

    private ParsedConfidences(int size, int[] rows, double[] values) {
        this.size = size;
        this.rows = rows;
        this.values = values;
    }

    /** Parses each answer. */
    static ParsedConfidences of(List<String> answers, Function<String, OptionalDouble> parser) {
        OptionalDouble[] parsed = answers.stream().map(parser).toArray(OptionalDouble[]::new);
        int[] rows = IntStream.range(0, parsed.length).filter(i -> parsed[i].isPresent()).toArray();
        double[] values = Arrays.stream(rows).mapToDouble(i -> parsed[i].getAsDouble()).toArray();
        return new ParsedConfidences(parsed.length, rows, values);
    }

    /**
     * Returns the number of answers, those that could not be parsed included.
     *
     * @return the number
     */
    public int size() {
        return size;
    }

    /**
     * Returns the number of answers that could not be parsed.
     *
     * @return the number
     */
    public int unparsed() {
        return size - rows.length;
    }

    /**
     * Returns which answers could be parsed.
     *
     * @return their places, from 0, ascending
     */
    public int[] rows() {
        return rows.clone();
    }

    /**
     * Returns the confidences of the answers that could be parsed.
     *
     * @return one value in {@code 0..1} for each of {@link #rows()}
     */
    public double[] values() {
        return values.clone();
    }

    /**
     * Returns these confidences with what became of the answers, for the metrics.
     *
     * @param correct whether each answer is right, those that could not be parsed included
     * @return the forecasts of the answers that could be parsed
     * @throws IllegalArgumentException if the lengths differ or no answer could be parsed
     */
    public Forecasts forecasts(boolean... correct) {
        Checks.that(correct.length == size, "%d outcomes for %d answers", correct.length, size);
        Checks.that(rows.length > 0, "none of %d answers could be parsed", size);
        boolean[] outcomes = new boolean[rows.length];
        for (int i = 0; i < rows.length; i++) {
            outcomes[i] = correct[rows[i]];
        }
        return Forecasts.of(values, outcomes);
    }

    @Override
    public String toString() {
        return size + " answers, " + unparsed() + " of them not parsed";
    }
}
