package dev.candor.benchmarks;

import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Tells how far the work is: a bar where someone watches, else a line for each task done. */
final class Progress implements AutoCloseable {

    private static final int WIDEST_BAR = 100;
    private static final int UPDATE_MILLIS = 200;

    private final PrintWriter writer;
    private final Terminal terminal;
    private ProgressBar bar;

    /**
     * Creates a progress display.
     *
     * @param writer where to write
     * @param terminal what the writer leads to
     */
    Progress(PrintWriter writer, Terminal terminal) {
        this.writer = writer;
        this.terminal = terminal;
    }

    /**
     * Begins a task, and ends the one before.
     *
     * @param task its name
     * @param steps the number of steps it takes
     */
    void begin(String task, long steps) {
        close();
        if (terminal.interactive()) {
            bar =
                    new ProgressBarBuilder()
                            .setTaskName(task)
                            .setInitialMax(steps)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(UPDATE_MILLIS)
                            .setConsumer(
                                    new DelegatingProgressBarConsumer(
                                            this::redraw,
                                            Math.min(terminal.width() - 1, WIDEST_BAR)))
                            .build();
        }
    }

    private void redraw(String line) {
        writer.print('\r' + line);
        writer.flush();
    }

    /** Tells that one more step is done. */
    void step() {
        if (bar != null) {
            bar.step();
        }
    }

    /**
     * Shows how the work goes.
     *
     * @param note a few words
     */
    void note(String note) {
        if (bar != null) {
            bar.setExtraMessage(note);
        }
    }

    /**
     * Ends the task.
     *
     * @param summary a line that stays
     */
    void end(String summary) {
        close();
        writer.println(summary);
        writer.flush();
    }

    /** Takes the bar away. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
            redraw(" ".repeat(Math.min(terminal.width() - 1, WIDEST_BAR)));
            redraw("");
        }
    }
}
