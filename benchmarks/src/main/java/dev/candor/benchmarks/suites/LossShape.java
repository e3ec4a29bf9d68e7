package dev.candor.benchmarks.suites;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The shape of a batch of logits.
 *
 * @param rows N, at least 1
 * @param classes C, at least 2
 */
public record LossShape(int rows, int classes) {

    /** The shapes that every loss is measured at. */
    public static final List<LossShape> STANDARD =
            List.of(
                    new LossShape(128, 10),
                    new LossShape(128, 1000),
                    new LossShape(4096, 100),
                    new LossShape(65536, 10));

    private static final Pattern FORM = Pattern.compile("(\\d{1,9})x(\\d{1,9})");

    /**
     * Checks the shape.
     *
     * @param rows N, at least 1
     * @param classes C, at least 2
     * @throws IllegalArgumentException if there is no row or only one class
     */
    public LossShape {
        if (rows < 1 || classes < 2) {
            throw new IllegalArgumentException(
                    "shape = " + rows + "x" + classes + ", expected at least 1x2");
        }
    }

    /**
     * Reads a shape such as {@code 4096x100}.
     *
     * @param text rows and classes
     * @return the shape
     * @throws IllegalArgumentException if the text has another form
     */
    public static LossShape parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "shape = " + text + ", expected rows x classes, as in 4096x100");
        }
        return new LossShape(
                Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    @Override
    public String toString() {
        return rows + "x" + classes;
    }
}
