package dev.candor.benchmarks;

import dev.candor.metrics.AreaUnderRiskCoverage;
import dev.candor.metrics.BootstrapInterval;
import dev.candor.metrics.BrierScore;
import dev.candor.metrics.ClassForecasts;
import dev.candor.metrics.ClasswiseCalibrationError;
import dev.candor.metrics.ExpectedCalibrationError;
import dev.candor.metrics.Metric;
import dev.candor.metrics.NegativeLogLikelihood;
import dev.candor.metrics.Predictions;
import dev.candor.metrics.Sample;
import java.util.Locale;

/** What the accuracy tables measure. Lower is better. */
enum Measure {
    NLL("NLL", "nll", 4) {
        @Override
        Interval of(Predictions rows, ClassForecasts classes, int resamples) {
            return interval(NegativeLogLikelihood.of(), rows, resamples);
        }
    },
    ECE("ECE-15", "ece", 4) {
        @Override
        Interval of(Predictions rows, ClassForecasts classes, int resamples) {
            return interval(ExpectedCalibrationError.of(BINS), rows.topLabel(), resamples);
        }
    },
    CLASSWISE_ECE("class-wise ECE", "classwiseEce", 5) {
        @Override
        Interval of(Predictions rows, ClassForecasts classes, int resamples) {
            return interval(ClasswiseCalibrationError.of(BINS), classes, resamples);
        }
    },
    BRIER("Brier", "brier", 4) {
        @Override
        Interval of(Predictions rows, ClassForecasts classes, int resamples) {
            return interval(BrierScore.of(), rows, resamples);
        }
    },
    AURC("AURC", "aurc", 4) {
        @Override
        Interval of(Predictions rows, ClassForecasts classes, int resamples) {
            return interval(AreaUnderRiskCoverage.of(), rows.topLabel(), resamples);
        }
    };

    private static final int BINS = 15;

    final String title;
    final String key;
    private final int decimals;

    Measure(String title, String key, int decimals) {
        this.title = title;
        this.key = key;
        this.decimals = decimals;
    }

    /** A value as it stands in a table. */
    String shown(double value) {
        return Double.isNaN(value)
                ? "undefined"
                : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** Measures, with a 95 % interval; all measures and methods draw the same rows. */
    abstract Interval of(Predictions rows, ClassForecasts classes, int resamples);

    private static <S extends Sample<S>> Interval interval(
            Metric<? super S> metric, S sample, int resamples) {
        return Interval.of(
                BootstrapInterval.<S>builder()
                        .setMetric(metric)
                        .setSample(sample)
                        .optResamples(resamples)
                        .build());
    }
}
