package dev.candor.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The outcome of the demo as a table for the terminal. */
final class ResultTable {

    private static final int WIDTH = 79;
    private static final int LABEL_WIDTH = 20;
    private static final int NARROW_COLUMN = 12;

    private static final String AS_TRAINED = "as trained";
    private static final String SCALED = "temperature scaled";

    private final DemoResult result;
    private final List<Column> columns;

    /** One measure of a report. */
    private record Column(String name, int width, ToDoubleFunction<CalibrationFigures> measure) {

        String value(CalibrationFigures report) {
            return String.format(Locale.ROOT, "%.4f", measure.applyAsDouble(report));
        }
    }

    ResultTable(DemoResult result) {
        this.result = result;
        this.columns = columns(result);
    }

    private static List<Column> columns(DemoResult result) {
        int bins = result.arms().isEmpty() ? 0 : result.arms().get(0).before().bins();
        return List.of(
                new Column("accuracy", 9, CalibrationFigures::accuracy),
                new Column("NLL", 8, CalibrationFigures::nll),
                new Column("Brier", 8, CalibrationFigures::brier),
                new Column("ECE-" + bins, 8, CalibrationFigures::ece),
                new Column("mass ECE", 9, CalibrationFigures::eceEqualMass),
                new Column("MCE", 8, CalibrationFigures::mce));
    }

    /**
     * Lays the table out.
     *
     * @param width the columns of the terminal; below 79, each arm stands by itself
     */
    String toString(int width) {
        return width < WIDTH ? narrow() : wide();
    }

    private String wide() {
        StringBuilder table = new StringBuilder();
        StringBuilder heading = new StringBuilder(" ".repeat(LABEL_WIDTH));
        for (Column column : columns) {
            heading.append(right(column.name, column.width));
        }
        heading.append(right("T", 5)).append(right("s", 4));
        line(table, heading);
        for (ArmResult arm : result.arms()) {
            line(table, arm.name());
            line(
                    table,
                    row(AS_TRAINED, arm.before())
                            .append(right("", 5))
                            .append(right(seconds(arm), 4)));
            line(table, row(SCALED, arm.after()).append(right(temperature(arm), 5)));
        }
        return table.toString();
    }

    private StringBuilder row(String label, CalibrationFigures report) {
        StringBuilder row = new StringBuilder(left("  " + label, LABEL_WIDTH));
        for (Column column : columns) {
            row.append(right(column.value(report), column.width));
        }
        return row;
    }

    private String narrow() {
        StringBuilder table = new StringBuilder();
        for (ArmResult arm : result.arms()) {
            line(table, arm.name() + ", " + seconds(arm) + " s");
            line(
                    table,
                    left("", NARROW_COLUMN)
                            + right("trained", NARROW_COLUMN)
                            + right("T = " + temperature(arm), NARROW_COLUMN));
            for (Column column : columns) {
                line(
                        table,
                        left("  " + column.name, NARROW_COLUMN)
                                + right(column.value(arm.before()), NARROW_COLUMN)
                                + right(column.value(arm.after()), NARROW_COLUMN));
            }
        }
        return table.toString();
    }

    private static String temperature(ArmResult arm) {
        return String.format(Locale.ROOT, "%.2f", arm.temperature());
    }

    private static String seconds(ArmResult arm) {
        return String.format(Locale.ROOT, "%.0f", arm.seconds());
    }

    private static void line(StringBuilder table, CharSequence line) {
        table.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }

    private static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
