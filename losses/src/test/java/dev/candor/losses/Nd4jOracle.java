package dev.candor.losses;

import java.util.function.Function;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Losses and their gradients in closed form, written from the formulas in another engine: ND4J,
 * float64. Sums over pairs go over all pairs.
 */
final class Nd4jOracle {

    private final int size;
    private final double[][] logits;
    private final long[] labels;
    private final INDArray p;
    private final INDArray logP;
    private final int[] predicted;
    private final INDArray confidence;
    private final INDArray correct;

    Nd4jOracle(double[][] logits, long[] labels) {
        this.size = logits.length;
        this.logits = logits;
        this.labels = labels;
        INDArray z = Nd4j.createFromArray(logits).castTo(DataType.DOUBLE);
        INDArray shifted = z.subColumnVector(z.max(true, 1));
        INDArray sums = Transforms.exp(shifted).sum(true, 1);
        this.logP = shifted.subColumnVector(Transforms.log(sums));
        this.p = Transforms.exp(logP);
        this.predicted = z.argMax(1).toIntVector();
        this.confidence = Nd4j.zeros(DataType.DOUBLE, size, 1);
        this.correct = Nd4j.zeros(DataType.DOUBLE, size, 1);
        for (int i = 0; i < size; i++) {
            confidence.putScalar(i, 0, p.getDouble(i, predicted[i]));
            correct.putScalar(i, 0, predicted[i] == labels[i] ? 1 : 0);
        }
    }

    /** A value and its gradient with respect to the logits, row by row. */
    record Result(double value, double[] gradient) {

        /** The result of a function of the value with the given derivative. */
        private Result then(double newValue, double derivative) {
            double[] scaled = gradient.clone();
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] *= derivative;
            }
            return new Result(newValue, scaled);
        }

        private Result root(double guard) {
            double root = Math.sqrt(value + guard);
            return then(root, 1 / (2 * root));
        }
    }

    /** Chains a gradient with respect to confidence, {@code dc/dz_k = c (1[k = k^] - p_k)}. */
    private Result throughConfidence(double value, INDArray byConfidence) {
        INDArray scaled = byConfidence.mul(confidence);
        INDArray gradient = p.mulColumnVector(scaled).neg();
        for (int i = 0; i < size; i++) {
            gradient.putScalar(
                    i, predicted[i], gradient.getDouble(i, predicted[i]) + scaled.getDouble(i, 0));
        }
        return new Result(value, gradient.reshape(-1).toDoubleVector());
    }

    // Focal

    /** A function of the probability of the label, and its derivative times that probability. */
    private record Term(double value, double slope) {}

    private static Term focalTerm(double p, double gamma) {
        double log = Math.log(p);
        double rest = 1 - p;
        return new Term(
                -Math.pow(rest, gamma) * log,
                gamma * p * Math.pow(rest, gamma - 1) * log - Math.pow(rest, gamma));
    }

    private static Term inverseFocalTerm(double p, double gamma) {
        double log = Math.log(p);
        return new Term(
                -Math.pow(1 + p, gamma) * log,
                -gamma * p * Math.pow(1 + p, gamma - 1) * log - Math.pow(1 + p, gamma));
    }

    Result focal(double gamma) {
        return ofLabel(py -> focalTerm(py, gamma));
    }

    Result sampleDependentFocal() {
        return ofLabel(py -> focalTerm(py, py < 0.2 ? 5 : 3));
    }

    Result inverseFocal(double gamma) {
        return ofLabel(py -> inverseFocalTerm(py, gamma));
    }

    /** Two bins that meet at 1/2, the gamma of the upper one negative. */
    Result adaFocal(double lower, double upper) {
        return ofLabel(py -> py < 0.5 ? focalTerm(py, lower) : inverseFocalTerm(py, -upper));
    }

    Result poly(double epsilon) {
        return ofLabel(py -> new Term(-Math.log(py) + epsilon * (1 - py), -1 - epsilon * py));
    }

    /** Chains {@code dp_y/dz_k = p_y (1[k = y] - p_k)}. */
    private Result ofLabel(Function<Double, Term> term) {
        INDArray gradient = p.neg();
        double total = 0;
        for (int i = 0; i < size; i++) {
            int label = (int) labels[i];
            Term at = term.apply(p.getDouble(i, label));
            total += at.value / size;
            gradient.putScalar(i, label, gradient.getDouble(i, label) + 1);
            gradient.getRow(i).muli(at.slope / size);
        }
        return new Result(total, gradient.reshape(-1).toDoubleVector());
    }

    Result dualFocal(double gamma) {
        INDArray gradient = Nd4j.zeros(DataType.DOUBLE, size, p.columns());
        double total = 0;
        for (int i = 0; i < size; i++) {
            int label = (int) labels[i];
            double py = p.getDouble(i, label);
            int runner = -1;
            for (int k = 0; k < p.columns(); k++) {
                double pk = p.getDouble(i, k);
                if (k != label && pk < py && (runner < 0 || pk > p.getDouble(i, runner))) {
                    runner = k;
                }
            }
            double pj = runner < 0 ? 0 : p.getDouble(i, runner);
            double base = 1 - py + pj;
            total -= Math.pow(base, gamma) * Math.log(py) / size;
            double byBase = -gamma * Math.pow(base, gamma - 1) * Math.log(py);
            for (int k = 0; k < p.columns(); k++) {
                double pk = p.getDouble(i, k);
                double dpy = py * ((k == label ? 1 : 0) - pk);
                double dpj = pj * ((k == runner ? 1 : 0) - pk);
                double value = byBase * (dpj - dpy) - Math.pow(base, gamma) * dpy / py;
                gradient.putScalar(i, k, value / size);
            }
        }
        return new Result(total, gradient.reshape(-1).toDoubleVector());
    }

    /** One against all by the sigmoid, weighted by the inverse effective number of samples. */
    Result classBalancedFocal(double beta, double gamma, long... counts) {
        double[] weights = new double[counts.length];
        double sum = 0;
        for (int k = 0; k < counts.length; k++) {
            weights[k] = (1 - beta) / (1 - Math.pow(beta, counts[k]));
            sum += weights[k];
        }
        INDArray gradient = Nd4j.zeros(DataType.DOUBLE, size, p.columns());
        double total = 0;
        for (int i = 0; i < size; i++) {
            double weight = weights[(int) labels[i]] * counts.length / sum / size;
            for (int k = 0; k < p.columns(); k++) {
                double sign = k == labels[i] ? 1 : -1;
                double q = 1 / (1 + Math.exp(-sign * logits[i][k]));
                Term at = focalTerm(q, gamma);
                total += weight * at.value;
                gradient.putScalar(i, k, weight * sign * at.slope * (1 - q));
            }
        }
        return new Result(total, gradient.reshape(-1).toDoubleVector());
    }

    // Soft-binned

    /** Membership of each confidence in each bin, and its derivative by that confidence. */
    private record Membership(INDArray u, INDArray derivative) {}

    private Membership softmaxMembership(int bins, double temperature, double from) {
        double width = (1 - from) / bins;
        INDArray centres = Nd4j.linspace(DataType.DOUBLE, from + width / 2, width, bins);
        INDArray distance =
                Nd4j.zeros(DataType.DOUBLE, size, bins)
                        .addColumnVector(confidence)
                        .subRowVector(centres);
        INDArray exponent = distance.mul(distance).mul(-1 / temperature);
        INDArray powers = Transforms.exp(exponent.subColumnVector(exponent.max(true, 1)));
        INDArray u = powers.divColumnVector(powers.sum(true, 1));
        INDArray slope = distance.mul(-2 / temperature);
        INDArray meanSlope = u.mul(slope).sum(true, 1);
        return new Membership(u, u.mul(slope.subColumnVector(meanSlope)));
    }

    private Membership triangularMembership(int bins) {
        INDArray u = Nd4j.zeros(DataType.DOUBLE, size, bins);
        INDArray derivative = Nd4j.zeros(DataType.DOUBLE, size, bins);
        for (int i = 0; i < size; i++) {
            double position = bins * confidence.getDouble(i, 0) + 0.5;
            boolean inside = position > 1 && position < bins;
            double t = Math.min(Math.max(position, 1), bins);
            for (int j = 1; j <= bins; j++) {
                if (Math.abs(j - t) < 1) {
                    u.putScalar(i, j - 1, 1 - Math.abs(j - t));
                    derivative.putScalar(i, j - 1, inside ? bins * Math.signum(j - t) : 0);
                }
            }
        }
        return new Membership(u, derivative);
    }

    Result softBinnedEce(int bins, double temperature, double norm) {
        return binForm(softmaxMembership(bins, temperature, 0), norm);
    }

    Result triangularEce(int bins, double norm) {
        return binForm(triangularMembership(bins), norm);
    }

    private Result binForm(Membership member, double norm) {
        INDArray gap = correct.sub(confidence);
        double value = 0;
        INDArray byConfidence = Nd4j.zeros(DataType.DOUBLE, size, 1);
        for (int j = 0; j < member.u.columns(); j++) {
            INDArray u = member.u.getColumn(j, true);
            INDArray du = member.derivative.getColumn(j, true);
            double mass = u.sumNumber().doubleValue();
            double divisor = Math.max(mass, 1e-5);
            double mean = u.mul(gap).sumNumber().doubleValue() / divisor;
            double power = Math.pow(Math.abs(mean), norm);
            value += mass * power / size;
            double byMean = norm * Math.pow(Math.abs(mean), norm - 1) * Math.signum(mean) * mass;
            double byMass = power - (mass > 1e-5 ? byMean * mean / divisor : 0);
            INDArray meanByConfidence = du.mul(gap).sub(u).div(divisor);
            byConfidence.addi(meanByConfidence.mul(byMean).add(du.mul(byMass)).div(size));
        }
        Result result = throughConfidence(value, byConfidence);
        double guarded = value + 1e-12;
        return norm == 1
                ? result
                : result.then(Math.pow(guarded, 1 / norm), Math.pow(guarded, 1 / norm - 1) / norm);
    }

    /** The label-binned form without the root. */
    Result labelBinned(int bins, double temperature, boolean fromChance) {
        double from = fromChance ? 1.0 / p.columns() : 0;
        Membership member = softmaxMembership(bins, temperature, from);
        double value = 0;
        INDArray byConfidence = Nd4j.zeros(DataType.DOUBLE, size, 1);
        for (int j = 0; j < bins; j++) {
            INDArray u = member.u.getColumn(j, true);
            INDArray du = member.derivative.getColumn(j, true);
            double mass = u.sumNumber().doubleValue();
            double divisor = Math.max(mass, 1e-5);
            double accuracy = u.mul(correct).sumNumber().doubleValue() / divisor;
            INDArray gap = confidence.rsub(accuracy);
            value += u.mul(gap).mul(gap).sumNumber().doubleValue() / size;
            double byAccuracy = 2 * u.mul(gap).sumNumber().doubleValue();
            INDArray accuracyByConfidence =
                    du.mul(correct.sub(mass > 1e-5 ? accuracy : 0)).div(divisor);
            byConfidence.addi(
                    du.mul(gap)
                            .mul(gap)
                            .sub(u.mul(gap).mul(2))
                            .add(accuracyByConfidence.mul(byAccuracy))
                            .div(size));
        }
        return throughConfidence(value, byConfidence);
    }

    // Accuracy versus uncertainty

    Result avuc(double threshold) {
        return accuracyVersusUncertainty(threshold, 0, 0);
    }

    Result softAvuc(double kappa, double temperature) {
        return accuracyVersusUncertainty(0, kappa, temperature);
    }

    /** Hard with confidences where the temperature is zero, else soft without them. */
    private Result accuracyVersusUncertainty(double threshold, double kappa, double temperature) {
        double greatest = Math.log(p.columns());
        double[] sums = new double[2];
        double[][] byEntropy = new double[2][size];
        double[][] byConfidence = new double[2][size];
        double[] entropies = p.mul(logP).sum(1).neg().toDoubleVector();
        for (int i = 0; i < size; i++) {
            double h = entropies[i];
            double tanh = Math.tanh(h);
            double slope = 1 - tanh * tanh;
            boolean right = correct.getDouble(i, 0) == 1;
            double c = confidence.getDouble(i, 0);
            double weight = temperature > 0 ? 1 : right ? c : 1 - c;
            double weightSlope = temperature > 0 ? 0 : right ? 1 : -1;
            double t = h <= threshold ? 0 : 1;
            double tSlope = 0;
            if (temperature > 0) {
                double share = h / greatest;
                double odds = Math.log(share * (1 - kappa) / ((1 - share) * kappa)) / temperature;
                t = 1 / (1 + Math.exp(-odds));
                tSlope = t * (1 - t) / (temperature * share * (1 - share) * greatest);
            }
            int certain = right ? 1 : 0;
            sums[certain] += weight * (1 - t) * (1 - tanh);
            byConfidence[certain][i] += weightSlope * (1 - t) * (1 - tanh);
            byEntropy[certain][i] += weight * (-tSlope * (1 - tanh) - (1 - t) * slope);
            int uncertain = 1 - certain;
            sums[uncertain] += weight * t * tanh;
            byConfidence[uncertain][i] += weightSlope * t * tanh;
            byEntropy[uncertain][i] += weight * (tSlope * tanh + t * slope);
        }
        double divisor = Math.max(sums[1], 1e-5);
        double ratio = sums[0] / divisor;
        double byDisagreeing = 1 / (1 + ratio) / divisor;
        double byAgreeing = sums[1] > 1e-5 ? -byDisagreeing * ratio : 0;
        INDArray overConfidence = Nd4j.zeros(DataType.DOUBLE, size, 1);
        INDArray overEntropy = Nd4j.zeros(DataType.DOUBLE, size, 1);
        INDArray entropy = Nd4j.zeros(DataType.DOUBLE, size, 1);
        for (int i = 0; i < size; i++) {
            overConfidence.putScalar(
                    i, 0, byDisagreeing * byConfidence[0][i] + byAgreeing * byConfidence[1][i]);
            overEntropy.putScalar(
                    i, 0, byDisagreeing * byEntropy[0][i] + byAgreeing * byEntropy[1][i]);
            entropy.putScalar(i, 0, entropies[i]);
        }
        // dH/dz_k = -p_k (log p_k + H)
        INDArray entropyByLogits = p.mul(logP.addColumnVector(entropy)).neg();
        double[] gradient =
                entropyByLogits.mulColumnVector(overEntropy).reshape(-1).toDoubleVector();
        Result result = throughConfidence(Math.log1p(ratio), overConfidence);
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] += result.gradient[i];
        }
        return new Result(result.value, gradient);
    }

    // MMCE

    Result mmce(double width) {
        INDArray ones = Nd4j.ones(DataType.DOUBLE, size, 1);
        INDArray gap = correct.sub(confidence);
        return bilinear(gap, ones.neg(), gap, ones.neg(), width, 1.0 / size / size).root(1e-10);
    }

    /** The weighted form from its three sums, zero unless both sides have samples. */
    Result weightedMmce(double width, boolean legacy) {
        INDArray wrong = correct.rsub(1);
        double m = correct.sumNumber().doubleValue();
        double n = size - m;
        if (m == 0 || n == 0) {
            return new Result(0, new double[size * p.columns()]);
        }
        INDArray doubt = correct.mul(confidence.rsub(1));
        INDArray conceit = wrong.mul(confidence);
        Result amongRight =
                bilinear(doubt, correct.neg(), doubt, correct.neg(), width, share(m * m, legacy));
        Result amongWrong = bilinear(conceit, wrong, conceit, wrong, width, share(n * n, legacy));
        Result between =
                bilinear(doubt, correct.neg(), conceit, wrong, width, -2 * share(m * n, legacy));
        double[] gradient = amongRight.gradient.clone();
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] += amongWrong.gradient[i] + between.gradient[i];
        }
        return new Result(amongRight.value + amongWrong.value + between.value, gradient)
                .root(1e-10);
    }

    private static double share(double pairs, boolean legacy) {
        return legacy ? 1 / pairs / (pairs + 1e-5) : 1 / pairs;
    }

    /** {@code scale sum_ij x_i y_j exp(-|c_i - c_j| / width)} with the derivatives of x and y. */
    private Result bilinear(
            INDArray x, INDArray dx, INDArray y, INDArray dy, double width, double scale) {
        INDArray distance =
                Nd4j.zeros(DataType.DOUBLE, size, size)
                        .addColumnVector(confidence)
                        .subRowVector(confidence.reshape(1, size));
        INDArray kernel = Transforms.exp(Transforms.abs(distance).mul(-1 / width));
        INDArray slope = kernel.mul(Transforms.sign(distance)).mul(-1 / width);
        double value = x.transpose().mmul(kernel).mmul(y).getDouble(0);
        INDArray byConfidence =
                dx.mul(kernel.mmul(y))
                        .add(dy.mul(kernel.mmul(x)))
                        .add(x.mul(slope.mmul(y)))
                        .add(y.mul(slope.mmul(x)));
        return throughConfidence(scale * value, byConfidence.mul(scale));
    }
}
