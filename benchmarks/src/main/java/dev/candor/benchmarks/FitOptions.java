package dev.candor.benchmarks;

import dev.candor.calibrators.Objective;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What was asked of a fit, by option. Immutable. */
final class FitOptions {

    /** What may be asked of some of the methods. */
    enum Option {
        OBJECTIVE("--objective"),
        BINS("--bins"),
        LAMBDA("--lambda"),
        SEED("--seed");

        final String name;

        Option(String name) {
            this.name = name;
        }
    }

    static final FitOptions NONE = new FitOptions(Map.of());

    private final Map<Option, Object> given;

    private FitOptions(Map<Option, Object> given) {
        this.given = given;
    }

    /** These options and one more, unless it is null. */
    FitOptions with(Option option, Object value) {
        if (value == null) {
            return this;
        }
        Map<Option, Object> more = new EnumMap<>(Option.class);
        more.putAll(given);
        more.put(option, value);
        return new FitOptions(more);
    }

    /** The options that were given. */
    Set<Option> given() {
        return given.keySet();
    }

    Objective objective() {
        return (Objective) given.getOrDefault(Option.OBJECTIVE, Objective.LIKELIHOOD);
    }

    int bins(int usual) {
        return (int) given.getOrDefault(Option.BINS, usual);
    }

    Optional<Double> lambda() {
        return Optional.ofNullable((Double) given.get(Option.LAMBDA));
    }

    long seed() {
        return (long) given.getOrDefault(Option.SEED, 0L);
    }
}
