package dev.candor.benchmarks;

import com.google.gson.JsonElement;
import dev.candor.benchmarks.suites.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A row of a part of the bench, as its file has it.
 *
 * @param fields what was measured, and of what
 */
record BenchRow(Fields fields) {

    static final String SHAPE = "shape";
    static final String BAR = "bar";
    static final String VERDICT = "verdict";
    static final String REMARK = "remark";

    /** What the rows of one version or another are named by. */
    private static final List<String> NAMES = List.of("name", "loss", "training", "method");

    private static final List<String> REMARKS = List.of(VERDICT, REMARK);

    /** What it is called. */
    String name() {
        return fields.text(nameKey());
    }

    private String nameKey() {
        return NAMES.stream().filter(this::isText).findFirst().orElse("name");
    }

    /** All other texts that tell it from rows of the same name. */
    String detail(Set<String> without) {
        return fields.names().stream()
                .filter(key -> !key.equals(nameKey()) && !REMARKS.contains(key))
                .filter(key -> !without.contains(key) && isText(key))
                .map(fields::text)
                .collect(Collectors.joining(", "));
    }

    private boolean isText(String key) {
        JsonElement value = fields.json().get(key);
        return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }

    /** A figure with its spread, or by itself; null where there is none. */
    Spread spread(String key) {
        Fields spread = fields.object(key);
        double median = fields.has(key) ? spread.number("median") : Double.NaN;
        if (!Double.isNaN(median)) {
            double min = spread.number("min");
            double max = spread.number("max");
            return new Spread(
                    median, Double.isNaN(min) ? median : min, Double.isNaN(max) ? median : max);
        }
        double alone = fields.number(key);
        return Double.isNaN(alone) ? null : new Spread(alone, alone, alone);
    }

    /** Whether it is held to a bar. */
    boolean hasBar() {
        String verdict = fields.text(VERDICT).toLowerCase(Locale.ROOT);
        return verdict.equals("pass") || verdict.equals("fail");
    }

    /** Whether it keeps its bar. */
    boolean isKept() {
        return fields.text(VERDICT).equalsIgnoreCase("pass");
    }

    /** Rows and classes of a shape such as {@code 4096x100}; NaN where there is no such. */
    double size(boolean classes) {
        String[] parts = fields.text(SHAPE).split("x");
        try {
            return parts.length == 2 ? Double.parseDouble(parts[classes ? 1 : 0]) : Double.NaN;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /** The columns of rows, in the order in which they come up. */
    static List<String> columns(List<BenchRow> rows) {
        List<String> columns =
                rows.stream()
                        .flatMap(row -> row.fields.names().stream())
                        .distinct()
                        .filter(key -> rows.stream().noneMatch(r -> r.nameKey().equals(key)))
                        .collect(Collectors.toCollection(ArrayList::new));
        columns.removeIf(key -> rows.stream().allMatch(row -> row.shown(key).isEmpty()));
        return columns;
    }

    /** What it holds under a name, as a table shows it; empty where that is nothing. */
    String shown(String key) {
        Spread spread = spread(key);
        if (spread == null) {
            String text = fields.text(key);
            return text.equals("-") ? "" : text;
        }
        String median = Figures.shown(spread.median());
        return spread.min() == spread.max()
                ? median
                : median + " (" + Figures.range(spread.min(), spread.max(), Figures::shown) + ")";
    }
}
