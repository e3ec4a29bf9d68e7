package dev.candor.calibrators;

import dev.candor.calibrators.FitSummary.Status;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.calibrators.internal.SafeguardedHalley;

/**
 * The temperature that minimises the mean negative log-likelihood, by a search on {@code u =
 * log(1/T)}. A search on a sample comes first, so that two passes over all samples are the rule.
 */
final class TemperatureFit {

    /** How far {@code log(1/T)} may lie from that of the spread of the logits. */
    private static final double REACH = 16;

    /** Most temperatures lie so far above the inverse spread, as {@code log(1/T)}. */
    private static final double USUAL = 4;

    /** Keeps T finite in float64. */
    private static final double LEAST = -700;

    /** Keeps T above zero in float32, should the logits be of that type. */
    private static final double GREATEST = 85;

    /** Within this of the end of its reach, a search is taken to have run away. */
    private static final double EDGE = 1e-6;

    private static final double TOLERANCE = 3e-4;
    private static final double SAMPLE_TOLERANCE = 1e-2;
    private static final int SAMPLE_ITERATIONS = 50;
    private static final long SAMPLE_ELEMENTS = 1L << 21;
    private static final long SMALLEST_SAMPLE = 128;

    private final LabelledLogits data;
    private final LikelihoodPass pass;

    private TemperatureFit(LabelledLogits data) {
        this.data = data;
        this.pass = LikelihoodPass.over(data);
    }

    /**
     * What was found.
     *
     * @param status how the fit ended
     * @param temperature T, finite and above 0
     * @param before the mean negative log-likelihood at T = 1
     * @param after and at T
     * @param iterations passes over all samples
     */
    record Result(Status status, double temperature, double before, double after, int iterations) {

        /** Another temperature, of which the objectives are not known. */
        Result withTemperature(double other) {
            return new Result(status, other, Double.NaN, Double.NaN, iterations);
        }
    }

    /** Where optima lie, told by a first pass over all samples. */
    private record Survey(LikelihoodPass.Means means) {

        boolean isFinite() {
            return Double.isFinite(means.spread()) && Double.isFinite(means.deficit());
        }

        /** Whether the logit of the label lies above the mean logit, on average. */
        boolean informative() {
            return means.spread() > means.deficit();
        }

        boolean allRight() {
            return means.deficit() == 0;
        }

        double lowest() {
            return Math.max(LEAST, Math.min(0, -Math.log(means.spread()) - REACH));
        }

        double highest() {
            return Math.min(GREATEST, Math.max(0, -Math.log(means.spread()) + REACH));
        }

        double usual() {
            double inverse = -Math.log(means.spread());
            return Math.max(inverse, Math.min(inverse + USUAL, 0));
        }
    }

    /** Fits. */
    static Result of(LabelledLogits data, int maxIterations) {
        return new TemperatureFit(data).fit(start(data), maxIterations);
    }

    /** Fits to an objective, which the result tells. */
    static Result of(LabelledLogits data, Objective objective, int maxIterations) {
        Result likely = of(data, maxIterations);
        if (objective == Objective.LIKELIHOOD) {
            return likely;
        }
        boolean converged = likely.status == Status.CONVERGED;
        double found =
                converged ? refined(data, likely, objective, maxIterations) : likely.temperature;
        double before = value(data, objective, 1);
        double after = value(data, objective, found);
        return after <= before
                ? new Result(likely.status, found, before, after, likely.iterations)
                : new Result(likely.status, 1, before, before, likely.iterations);
    }

    /** The temperature of an objective near that of the greatest likelihood. */
    static double refined(
            LabelledLogits data, Result likely, Objective objective, int maxIterations) {
        return switch (objective) {
            case LIKELIHOOD -> likely.temperature;
            case BRIER -> BrierTemperatureFit.of(data, likely.temperature, maxIterations);
            case SOFT_BINNED_ECE -> SoftBinnedTemperatureFit.of(data, likely.temperature);
        };
    }

    private static double value(LabelledLogits data, Objective objective, double temperature) {
        return objective == Objective.BRIER
                ? BrierTemperatureFit.score(data, temperature)
                : SoftBinnedTemperatureFit.error(data, temperature);
    }

    /** The optimum on a sample, if one that takes little memory is large enough to tell. */
    private static double start(LabelledLogits data) {
        long rows = SAMPLE_ELEMENTS / data.classes();
        if (rows < SMALLEST_SAMPLE || rows > data.size() / 2) {
            return 0;
        }
        return new TemperatureFit(data.sample(rows)).roughly();
    }

    /** The optimum, or 0 where there is none. */
    private double roughly() {
        Survey survey = survey(0);
        if (!survey.isFinite() || survey.allRight() || !survey.informative()) {
            return 0;
        }
        return search(survey, 0, SAMPLE_TOLERANCE, SAMPLE_ITERATIONS).at();
    }

    private Result fit(double start, int maxIterations) {
        Survey survey = survey(start);
        if (!survey.isFinite()) {
            throw data.notFinite();
        }
        double before = survey.means.identity();
        if (survey.means.spread() == 0) {
            return new Result(Status.DEGENERATE, 1, before, before, 1);
        }
        if (survey.allRight()) {
            return at(survey.highest(), Status.TEMPERATURE_TO_ZERO, before, 1);
        }
        if (!survey.informative()) {
            return at(survey.lowest(), Status.TEMPERATURE_TO_INFINITY, before, 1);
        }
        SafeguardedHalley.Minimum found = search(survey, start, TOLERANCE, maxIterations);
        int iterations = found.iterations();
        if (found.at() > survey.highest() - EDGE) {
            return at(survey.highest(), Status.TEMPERATURE_TO_ZERO, before, iterations);
        }
        if (found.at() < survey.lowest() + EDGE) {
            return at(survey.lowest(), Status.TEMPERATURE_TO_INFINITY, before, iterations);
        }
        Status status = found.converged() ? Status.CONVERGED : Status.MAX_ITERATIONS;
        return found.value() <= before
                ? new Result(status, Math.exp(-found.at()), before, found.value(), iterations)
                : new Result(status, 1, before, before, iterations);
    }

    private Result at(double u, Status status, double before, int iterations) {
        double after = local(u).value();
        return after <= before
                ? new Result(status, Math.exp(-u), before, after, iterations + 1)
                : new Result(status, 1, before, before, iterations + 1);
    }

    /** Searches from the point of the survey, or from a usual one where that was made at 0. */
    private SafeguardedHalley.Minimum search(
            Survey survey, double surveyed, double tolerance, int maxIterations) {
        double start = surveyed == 0 ? survey.usual() : surveyed;
        double low = survey.lowest();
        double high = survey.highest();
        return SafeguardedHalley.minimise(
                u -> u == surveyed ? survey.means.local() : local(u),
                Math.max(low, Math.min(high, start)),
                low,
                high,
                tolerance,
                maxIterations);
    }

    private Survey survey(double u) {
        return new Survey(pass.at(Math.exp(u), true));
    }

    private SafeguardedHalley.Local local(double u) {
        return pass.at(Math.exp(u), false).local();
    }
}
