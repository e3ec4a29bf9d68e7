package dev.candor.metrics;

import dev.candor.internal.Checks;

/**
 * Any metric of forecasts in the mean over classes, or over the labels of a multi-label classifier
 * (macro average).
 *
 * <pre>
 *   M = ( (1/K) sum_k max(0, m_k)^p )^(1/p)      p = 1: (1/K) sum_k m_k
 * </pre>
 *
 * <p>{@code m_k} is the metric of class k against the rest. Classes where it has no value, such as
 * the AUROC of a class that is absent, are left out; if all are, the mean is NaN. With {@link
 * DebiasedCalibrationError} and p = 2 this is the marginal calibration error of Kumar et al., up to
 * classes whose own square is below zero, which count as zero here.
 */
public final class ClasswiseMean implements Metric<ClassForecasts> {

    private final Metric<Forecasts> metric;
    private final double power;

    private ClasswiseMean(Metric<Forecasts> metric, double power) {
        this.metric = metric;
        this.power = power;
    }

    /**
     * Returns the arithmetic mean over classes.
     *
     * @param metric what is averaged
     * @return the metric
     */
    public static ClasswiseMean of(Metric<Forecasts> metric) {
        return of(metric, 1);
    }

    /**
     * Returns the power mean over classes.
     *
     * @param metric what is averaged
     * @param power p, finite, at least 1
     * @return the metric
     */
    public static ClasswiseMean of(Metric<Forecasts> metric, double power) {
        return new ClasswiseMean(metric, Checks.within("power", power, 1, Float.MAX_VALUE));
    }

    @Override
    public double measure(ClassForecasts forecasts) {
        double total = 0;
        int counted = 0;
        for (int index = 0; index < forecasts.classes(); index++) {
            double value = metric.measure(forecasts.ofClass(index));
            if (!Double.isNaN(value)) {
                total += power == 1 ? value : Math.pow(Math.max(0, value), power);
                counted++;
            }
        }
        double mean = total / counted;
        return power == 1 ? mean : Math.pow(mean, 1 / power);
    }
}
