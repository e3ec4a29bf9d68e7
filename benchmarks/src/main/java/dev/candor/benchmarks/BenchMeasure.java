package dev.candor.benchmarks;

import dev.candor.benchmarks.suites.Spread;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What rows of the bench hold that a figure can show, and what it is held to. */
enum BenchMeasure {
    TO_TORCH("ratioToTorch", "losses", "time relative to torch", Kind.RATIO, 1),
    STEP_TO_CROSS_ENTROPY(
            "ratioToCrossEntropy", "trainingStep", "time over cross-entropy", Kind.OVERHEAD, 1.05),
    TO_CROSS_ENTROPY(
            "ratioToCrossEntropy",
            "losses",
            "time relative to cross-entropy",
            Kind.RATIO,
            Double.NaN),
    TO_PLAIN("ratioToPlain", "steps", "time over plain training", Kind.OVERHEAD, Double.NaN),
    EPOCH("ratio", "epochs", "time over cross-entropy alone", Kind.OVERHEAD, 1.05),
    FASTER_THAN_LOOP(
            "timesFasterThanLoop",
            "predictions",
            "times as fast as one by one",
            Kind.TIMES_FASTER,
            3),
    TO_ONE_PASS(
            "ratioToOnePass", "predictions", "time relative to one pass", Kind.RATIO, Double.NaN),
    TIMES_FASTER("timesFaster", "peers", "times as fast as Python", Kind.TIMES_FASTER, Double.NaN),
    OF_FIT("mebibytesOfFit", "memory", "memory of a fit", Kind.MEBIBYTES, 256),
    PEAK("peakMebibytes", "peakMemory", "peak memory", Kind.MEBIBYTES, 1e9 / (1 << 20)),
    OF_TRAINING("mebibytesOfTraining", "", "memory of training", Kind.MEBIBYTES, Double.NaN),
    ON_DEVICE("mebibytesOnDevice", "", "memory on the device", Kind.MEBIBYTES, Double.NaN),
    HOST_READS("hostReads", "calls", "reads by the host", Kind.COUNT, 0),
    TO_PEER("ratioToPeer", "", "time relative to torch", Kind.RATIO, Double.NaN);

    /** How a measure is drawn and told. */
    enum Kind {
        RATIO,
        OVERHEAD,
        TIMES_FASTER,
        MEBIBYTES,
        /** Told, not drawn: most are nothing. */
        COUNT
    }

    final String key;
    final String title;
    final Kind kind;
    private final String part;
    private final double bar;

    BenchMeasure(String key, String part, String title, Kind kind, double bar) {
        this.key = key;
        this.part = part;
        this.title = title;
        this.kind = kind;
        this.bar = bar;
    }

    /** The measures that rows of a part hold, the one that is held to a bar first. */
    static List<BenchMeasure> of(String part, List<BenchRow> rows) {
        return Stream.of(values())
                .filter(measure -> rows.stream().anyMatch(row -> row.spread(measure.key) != null))
                .filter(measure -> measure.isOf(part))
                .toList();
    }

    /** Whether no other constant of the same key says more about a part. */
    private boolean isOf(String part) {
        Optional<BenchMeasure> named =
                Stream.of(values())
                        .filter(other -> other.key.equals(key) && other.part.equals(part))
                        .findFirst();
        return named.map(this::equals)
                .orElse(
                        Stream.of(values())
                                .filter(other -> other.key.equals(key))
                                .reduce((first, last) -> last)
                                .orElseThrow()
                                .equals(this));
    }

    /** What a row is held to; NaN where it has no bar. */
    double bar(BenchRow row) {
        if (!row.hasBar()) {
            return Double.NaN;
        }
        double own = row.fields().number(BenchRow.BAR);
        double plain = row.fields().number(key + "OfPlain");
        return !Double.isNaN(own) ? own : Double.isNaN(plain) ? bar : plain;
    }

    /** A figure as texts have it. */
    private String shown(double value) {
        return number(value)
                + switch (kind) {
                    case MEBIBYTES -> "\u00a0MiB";
                    case RATIO, TIMES_FASTER -> "\u00a0×";
                    case OVERHEAD, COUNT -> "";
                };
    }

    private String number(double value) {
        return kind == Kind.OVERHEAD ? Figures.percent(value - 1) : Figures.shown(value);
    }

    /** A figure and its spread as texts have it. */
    String shown(Spread spread) {
        String median = shown(spread.median());
        return spread.min() == spread.max()
                ? median
                : median + " (" + Figures.range(spread.min(), spread.max(), this::number) + ")";
    }

    /** The bar of a row as texts have it. */
    String shownBar(BenchRow row) {
        double value = bar(row);
        return Double.isNaN(value)
                ? ""
                : (kind == Kind.TIMES_FASTER ? "at least " : "at most ") + bound(value);
    }

    private String bound(double value) {
        return switch (kind) {
            case MEBIBYTES -> Figures.shown(value) + "\u00a0MiB";
            case OVERHEAD -> Figures.wholePercent(Math.round(100 * (value - 1)) / 100.0);
            case COUNT -> Figures.shown(value);
            case RATIO, TIMES_FASTER -> Axis.label(value) + "\u00a0×";
        };
    }
}
