package dev.candor.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What standard error leads to.
 *
 * @param interactive whether someone is watching
 * @param width columns
 */
record Terminal(boolean interactive, int width) {

    private static final int USUAL_WIDTH = 80;

    /** Fewer are no answer: a terminal that does not know says 0. */
    private static final int SMALLEST_WIDTH = 20;

    private static final int PATIENCE_SECONDS = 2;

    /** Java can tell neither; the shell's {@code test} and {@code stty} can. */
    private static final String QUESTION = "test -t 2 && { stty size <&2 || echo unknown; }";

    private static final Pattern SIZE = Pattern.compile("\\d+ (\\d+)");

    /** Asks the system. */
    static Terminal ofStandardError() {
        try {
            Process process =
                    new ProcessBuilder("sh", "-c", QUESTION)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            process.getOutputStream().close();
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return of(answer.trim());
        } catch (IOException e) {
            return of("");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return of("");
        }
    }

    /** What an answer of {@code stty size} means; an empty one, that there is no terminal. */
    static Terminal of(String answer) {
        Matcher size = SIZE.matcher(answer);
        int columns = size.matches() ? Integer.parseInt(size.group(1)) : 0;
        return new Terminal(!answer.isEmpty(), columns < SMALLEST_WIDTH ? USUAL_WIDTH : columns);
    }
}
