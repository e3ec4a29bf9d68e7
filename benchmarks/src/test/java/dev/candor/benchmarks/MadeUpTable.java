package dev.candor.benchmarks;

import dev.candor.benchmarks.AccuracyTable.Cell;
import dev.candor.benchmarks.AccuracyTable.DataSet;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Accuracy tables of methods that never ran. */
final class MadeUpTable {

    private static final List<String> METHODS =
            List.of("none", "temperature", "vector", "svs", "isotonic", "platt");

    private MadeUpTable() {}

    /** Two sets, on which the last method cannot run. */
    static AccuracyTable twoSets() {
        List<DataSet> sets = new ArrayList<>();
        for (String name : List.of("a_set", "another_set_of_a_rather_long_name")) {
            List<Cell> cells = new ArrayList<>();
            for (int m = 0; m < METHODS.size() - 1; m++) {
                cells.add(cell(0.02 * Math.abs(3 - m) + 0.01 * sets.size()));
            }
            cells.add(Cell.refused("logits have 10 classes, expected two"));
            sets.add(new DataSet(name, 2000, 10_000, 10, cells));
        }
        return new AccuracyTable(1000, METHODS, sets);
    }

    private static Cell cell(double worse) {
        Map<Measure, Interval> values = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            values.put(measure, new Interval(0.1 + worse, 0.09 + worse, 0.12 + worse));
        }
        double[] coverages = new double[50];
        double[] risks = new double[50];
        for (int i = 0; i < 50; i++) {
            coverages[i] = (i + 1) / 50.0;
            risks[i] = (0.1 + worse) * coverages[i] * coverages[i];
        }
        return new Cell(values, 0.9, 0.25, new RiskCoverage(0.1 + worse, coverages, risks), null);
    }
}
