package dev.candor.benchmarks;

import static dev.candor.benchmarks.FitOptions.Option.BINS;
import static dev.candor.benchmarks.FitOptions.Option.LAMBDA;
import static dev.candor.benchmarks.FitOptions.Option.OBJECTIVE;
import static dev.candor.benchmarks.FitOptions.Option.SEED;

import dev.candor.calibrators.BatchCalibration;
import dev.candor.calibrators.BayesianBinning;
import dev.candor.calibrators.BetaCalibration;
import dev.candor.calibrators.Calibrators;
import dev.candor.calibrators.DirichletCalibration;
import dev.candor.calibrators.EnsembleTemperatureScaling;
import dev.candor.calibrators.HistogramBinning;
import dev.candor.calibrators.IntraOrderPreserving;
import dev.candor.calibrators.IsotonicCalibration;
import dev.candor.calibrators.LogisticScaling;
import dev.candor.calibrators.MatrixScaling;
import dev.candor.calibrators.MetaCal;
import dev.candor.calibrators.NeuralRankPreserving;
import dev.candor.calibrators.ParameterizedTemperatureScaling;
import dev.candor.calibrators.PlattScaling;
import dev.candor.calibrators.RegionTemperatureScaling;
import dev.candor.calibrators.ScalingBinning;
import dev.candor.calibrators.SplineCalibration;
import dev.candor.calibrators.StructuredMatrixScaling;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.VectorScaling;
import dev.candor.metrics.Binning;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** All methods of calibration that the command line offers, in the order in which it lists them. */
final class FitMethods {

    /** Chooses among the others. */
    static final String BEST = "best";

    private static final int USUAL_BINS = 10;

    private static final List<FitMethod> ALL =
            List.of(
                    FitMethod.of(
                            BEST,
                            "chosen by cross-validation, with its reasons",
                            (z, y, o) -> Calibrators.best(z, y, o.seed()),
                            SEED),
                    FitMethod.of(
                            "temperature",
                            "all logits divided by one number",
                            (z, y, o) ->
                                    TemperatureScaling.builder()
                                            .optObjective(o.objective())
                                            .fit(z, y),
                            OBJECTIVE),
                    FitMethod.of(
                            "ensemble",
                            "a mixture of tempered, plain and uniform probabilities",
                            (z, y, o) ->
                                    EnsembleTemperatureScaling.builder()
                                            .optObjective(o.objective())
                                            .fit(z, y),
                            OBJECTIVE),
                    FitMethod.of(
                            "region",
                            "a temperature for each range of confidence",
                            (z, y, o) ->
                                    RegionTemperatureScaling.builder()
                                            .optConfidenceRegions(o.bins(5))
                                            .fit(z, y),
                            BINS),
                    FitMethod.of(
                            "class-region",
                            "a temperature for each predicted class",
                            (z, y, o) ->
                                    RegionTemperatureScaling.builder()
                                            .optRegion(
                                                    RegionTemperatureScaling.Region.PREDICTED_CLASS)
                                            .fit(z, y)),
                    FitMethod.of(
                            "vector",
                            "a factor and a shift for each class",
                            (z, y, o) ->
                                    VectorScaling.builder().optObjective(o.objective()).fit(z, y),
                            OBJECTIVE),
                    FitMethod.of(
                            "matrix",
                            "an affine map of the logits, lambda off the diagonal",
                            (z, y, o) -> {
                                MatrixScaling.Builder builder =
                                        MatrixScaling.builder().optObjective(o.objective());
                                o.lambda().ifPresent(builder::optOffDiagonalPenalty);
                                return builder.fit(z, y);
                            },
                            OBJECTIVE,
                            LAMBDA),
                    FitMethod.of(
                            "dirichlet",
                            "an affine map of log-probabilities, lambda off the diagonal",
                            (z, y, o) -> {
                                DirichletCalibration.Builder builder =
                                        DirichletCalibration.builder().optObjective(o.objective());
                                o.lambda().ifPresent(builder::optOffDiagonalPenalty);
                                return builder.fit(z, y);
                            },
                            OBJECTIVE,
                            LAMBDA),
                    FitMethod.of(
                            "svs",
                            "structured vector scaling: a temperature, and shrunken factors",
                            (z, y, o) ->
                                    structured(StructuredMatrixScaling.Form.VECTOR, o).fit(z, y),
                            OBJECTIVE,
                            LAMBDA),
                    FitMethod.of(
                            "sms",
                            "structured matrix scaling: a temperature, and a shrunken matrix",
                            (z, y, o) ->
                                    structured(StructuredMatrixScaling.Form.MATRIX, o).fit(z, y),
                            OBJECTIVE,
                            LAMBDA),
                    FitMethod.of(
                            "pts",
                            "a network finds the temperature from the largest logits",
                            (z, y, o) ->
                                    network(ParameterizedTemperatureScaling.builder(), o).fit(z, y),
                            OBJECTIVE,
                            SEED),
                    FitMethod.of(
                            "order-preserving",
                            "a network widens the gaps between sorted logits",
                            (z, y, o) -> ordered(IntraOrderPreserving.Form.OP, o).fit(z, y),
                            OBJECTIVE,
                            SEED),
                    FitMethod.of(
                            "order-invariant",
                            "the same, blind to which class is which",
                            (z, y, o) -> ordered(IntraOrderPreserving.Form.OI, o).fit(z, y),
                            OBJECTIVE,
                            SEED),
                    FitMethod.of(
                            "diagonal",
                            "one increasing network for every logit",
                            (z, y, o) -> ordered(IntraOrderPreserving.Form.DIAG, o).fit(z, y),
                            OBJECTIVE,
                            SEED),
                    FitMethod.of(
                            "rank-preserving",
                            "one increasing function for each sample, found by a network",
                            (z, y, o) -> network(NeuralRankPreserving.builder(), o).fit(z, y),
                            OBJECTIVE,
                            SEED),
                    FitMethod.of(
                            "batch",
                            "takes the mean answer away, for answers of language models",
                            (z, y, o) -> BatchCalibration.fit(z, y)),
                    FitMethod.of(
                            "isotonic",
                            "a nondecreasing function for each class",
                            (z, y, o) -> IsotonicCalibration.fit(z, y)),
                    FitMethod.of(
                            "isotonic-ordered",
                            "one nondecreasing function for all classes, keeps their order",
                            (z, y, o) ->
                                    IsotonicCalibration.builder()
                                            .optOrderPreserving(true)
                                            .fit(z, y)),
                    FitMethod.of(
                            "histogram",
                            "frequencies in bins of equal width",
                            (z, y, o) ->
                                    HistogramBinning.builder()
                                            .optBins(o.bins(USUAL_BINS))
                                            .fit(z, y),
                            BINS),
                    FitMethod.of(
                            "histogram-mass",
                            "frequencies in bins of equally many samples",
                            (z, y, o) ->
                                    HistogramBinning.builder()
                                            .optBins(o.bins(USUAL_BINS))
                                            .optBinning(Binning.EQUAL_MASS)
                                            .fit(z, y),
                            BINS),
                    FitMethod.of(
                            "bbq",
                            "Bayesian mean of binnings into quantiles",
                            (z, y, o) -> BayesianBinning.fit(z, y)),
                    FitMethod.of(
                            "scaling-binning",
                            "a logistic curve, averaged within bins",
                            (z, y, o) ->
                                    ScalingBinning.builder()
                                            .optBins(o.bins(USUAL_BINS))
                                            .optSeed(o.seed())
                                            .fit(z, y),
                            BINS,
                            SEED),
                    FitMethod.of(
                            "spline",
                            "a spline of the confidence",
                            (z, y, o) -> SplineCalibration.fit(z, y)),
                    FitMethod.of(
                            "meta-cal",
                            "a temperature, and no opinion on what is too uncertain",
                            (z, y, o) -> MetaCal.builder().optSeed(o.seed()).fit(z, y),
                            SEED),
                    FitMethod.of(
                            "platt",
                            "two classes: a logistic curve of smoothed labels",
                            (z, y, o) -> PlattScaling.fit(z, y)),
                    FitMethod.of(
                            "logistic",
                            "two classes: a logistic curve",
                            (z, y, o) -> LogisticScaling.fit(z, y)),
                    FitMethod.of(
                            "quadratic",
                            "two classes: a logistic curve with a square",
                            (z, y, o) -> LogisticScaling.builder().optQuadratic(true).fit(z, y)),
                    FitMethod.of(
                            "beta",
                            "two classes: a beta curve",
                            (z, y, o) -> BetaCalibration.fit(z, y)));

    private FitMethods() {}

    private static StructuredMatrixScaling.Builder structured(
            StructuredMatrixScaling.Form form, FitOptions options) {
        StructuredMatrixScaling.Builder builder =
                StructuredMatrixScaling.builder().optForm(form).optObjective(options.objective());
        options.lambda().ifPresent(builder::optPenalty);
        return builder;
    }

    private static IntraOrderPreserving.Builder ordered(
            IntraOrderPreserving.Form form, FitOptions options) {
        return network(IntraOrderPreserving.builder().optForm(form), options);
    }

    private static ParameterizedTemperatureScaling.Builder network(
            ParameterizedTemperatureScaling.Builder builder, FitOptions options) {
        return builder.optObjective(options.objective()).optSeed(options.seed());
    }

    private static IntraOrderPreserving.Builder network(
            IntraOrderPreserving.Builder builder, FitOptions options) {
        return builder.optObjective(options.objective()).optSeed(options.seed());
    }

    private static NeuralRankPreserving.Builder network(
            NeuralRankPreserving.Builder builder, FitOptions options) {
        return builder.optObjective(options.objective()).optSeed(options.seed());
    }

    static List<FitMethod> all() {
        return ALL;
    }

    static Optional<FitMethod> of(String name) {
        return ALL.stream().filter(method -> method.name().equals(name)).findFirst();
    }

    /** The names, for help. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return ALL.stream().map(FitMethod::name).iterator();
        }
    }
}
