package dev.candor.benchmarks;

import java.io.IOException;
import java.util.Locale;

/** Says in one line what is wrong with a file, and where. */
final class BadData extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message a format that carries the file, the place, the value and the bound
     * @param arguments its arguments
     */
    BadData(String message, Object... arguments) {
        this(null, message, arguments);
    }

    /**
     * Creates an exception.
     *
     * @param cause what led to it
     * @param message a format that carries the file, the place, the value and the bound
     * @param arguments its arguments
     */
    BadData(Throwable cause, String message, Object... arguments) {
        super(String.format(Locale.ROOT, message, arguments), cause);
    }
}
