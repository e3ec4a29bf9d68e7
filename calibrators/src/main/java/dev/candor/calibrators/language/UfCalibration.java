package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * UF calibration: the confidence of a language model in the options of a question, from how its
 * answers scatter and how firmly it stands by them.
 *
 * <pre>
 *   U = -sum_m p_m ln p_m / ln M
 *   F_m = sum over chains c that hold m of  p_last(c) t^i / sum_j t^j
 *   conf_m = (1 - U) F_m
 * </pre>
 *
 * <p>{@code p_m} is the share of option m among sampled answers, 10 of them as a rule, and M the
 * number of options: U is the uncertainty. Each answer that was sampled has a chain, which tells
 * how faithful the model is to it: its text is replaced by "All other options are wrong.", and what
 * the model then chooses instead is taken away and the model asked again, until it chooses the
 * replaced text. The choices in their order are the chain; the answer itself is the last. The
 * element at place i from the right weighs {@code t^i} of the sum over the places, t = 2. An answer
 * that is stood by at once keeps all its share. Elicited from answers alone, in as many calls as
 * the chains are long; the confidences need not sum to one. To be read with {@link
 * dev.candor.metrics.InversePairRatio} and {@link dev.candor.metrics.ConfidenceEvenness}.
 *
 * <p>Source: Zhang et al., <i>Calibrating the Confidence of Large Language Models by Eliciting
 * Fidelity</i>, EMNLP 2024, arXiv:2404.02655.
 */
public final class UfCalibration {

    private static final double DEFAULT_DECAY = 2;
    private static final String REPLACEMENT = "All other options are wrong.";

    private final double decay;
    private final String replacement;

    /** A language model that is asked to choose. */
    @FunctionalInterface
    public interface Chooser {

        /**
         * Chooses among options.
         *
         * @param options the texts of the options, in their order
         * @return the index of the one that is chosen; a negative number where the answer cannot be
         *     parsed
         */
        int choose(List<String> options);
    }

    private UfCalibration(Builder builder) {
        this.decay = builder.decay;
        this.replacement = builder.replacement;
    }

    /**
     * Returns the method with t = 2.
     *
     * @return the method
     */
    public static UfCalibration of() {
        return builder().build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * What was elicited about one question. Immutable.
     *
     * @param uncertainty U, in {@code 0..1}
     * @param fidelity F of each option
     * @param confidence of each option
     * @param unparsed how many samples and chains could not be parsed; they do not count
     */
    public record Elicited(
            double uncertainty, double[] fidelity, double[] confidence, int unparsed) {

        /**
         * Copies the arrays.
         *
         * @param uncertainty U, in {@code 0..1}
         * @param fidelity F of each option
         * @param confidence of each option
         * @param unparsed how many samples and chains could not be parsed
         */
        public Elicited {
            fidelity = fidelity.clone();
            confidence = confidence.clone();
        }

        /**
         * Returns the fidelity.
         *
         * @return a copy of F
         */
        @Override
        public double[] fidelity() {
            return fidelity.clone();
        }

        /**
         * Returns the confidences.
         *
         * @return a copy
         */
        @Override
        public double[] confidence() {
            return confidence.clone();
        }

        /**
         * Returns the option of the greatest confidence.
         *
         * @return its index, the lowest among equals
         */
        public int answer() {
            int best = 0;
            for (int m = 1; m < confidence.length; m++) {
                best = confidence[m] > confidence[best] ? m : best;
            }
            return best;
        }
    }

    /**
     * Computes the uncertainty of sampled answers.
     *
     * @param shares {@code p}, the share of each of at least two options, which sum to one
     * @return U, in {@code 0..1}
     * @throws IllegalArgumentException if a share is out of range or they do not sum to one
     */
    public static double uncertainty(double... shares) {
        Distributions.checked("shares", shares);
        return Distributions.entropy(shares) / Math.log(shares.length);
    }

    /**
     * Computes the confidences of known shares and chains.
     *
     * @param shares {@code p}, the share of each of at least two options, which sum to one
     * @param chains the options of each chain, the answer that it is about last; no two are about
     *     the same
     * @return the confidences
     * @throws IllegalArgumentException if a value is out of range, a chain is empty, or two chains
     *     are about the same answer
     */
    public Elicited combine(double[] shares, List<int[]> chains) {
        return combine(shares, chains, 0);
    }

    private Elicited combine(double[] shares, List<int[]> chains, int unparsed) {
        double certainty = 1 - uncertainty(shares);
        double[] fidelity = new double[shares.length];
        boolean[] ended = new boolean[shares.length];
        for (int c = 0; c < chains.size(); c++) {
            int[] chain = chains.get(c);
            Checks.that(chain.length > 0, "chains[%d] is empty, expected at least one option", c);
            for (int m : chain) {
                Checks.that(
                        m >= 0 && m < shares.length,
                        "chains[%d] holds %d, expected 0..%d",
                        c,
                        m,
                        shares.length - 1);
            }
            int answer = chain[chain.length - 1];
            Checks.that(
                    !ended[answer], "chains[%d] ends with %d, as one before it does", c, answer);
            ended[answer] = true;
            add(shares[answer], chain, fidelity);
        }
        double[] confidence = Arrays.stream(fidelity).map(f -> certainty * f).toArray();
        return new Elicited(1 - certainty, fidelity, confidence, unparsed);
    }

    private void add(double share, int[] chain, double[] fidelity) {
        double total = 0;
        for (int i = 0; i < chain.length; i++) {
            total += Math.pow(decay, i);
        }
        for (int i = 0; i < chain.length; i++) {
            fidelity[chain[chain.length - 1 - i]] += share * Math.pow(decay, i) / total;
        }
    }

    /**
     * Asks a model for the chain of an answer.
     *
     * @param chooser the model, best without sampling
     * @param options the texts of the options, at least two
     * @param answer the index of the answer, {@code >= 0}
     * @return the chain, the answer last; none where a choice could not be parsed
     * @throws IllegalArgumentException if there are fewer than two options, or a choice is none of
     *     them
     */
    public Optional<int[]> chain(Chooser chooser, List<String> options, int answer) {
        Checks.that(options.size() > 1, "%d options, expected at least 2", options.size());
        Checks.that(
                answer >= 0 && answer < options.size(),
                "answer = %d, expected 0..%d",
                answer,
                options.size() - 1);
        List<String> texts = new ArrayList<>(options);
        texts.set(answer, replacement);
        List<Integer> left = new ArrayList<>(IntStream.range(0, options.size()).boxed().toList());
        IntStream.Builder chain = IntStream.builder();
        while (left.size() > 1) {
            int chosen =
                    choice(chooser.choose(left.stream().map(texts::get).toList()), left.size());
            if (chosen < 0) {
                return Optional.empty();
            }
            int option = left.remove(chosen);
            if (option == answer) {
                break;
            }
            chain.add(option);
        }
        return Optional.of(chain.add(answer).build().toArray());
    }

    private static int choice(int chosen, int options) {
        Checks.that(chosen < options, "option %d was chosen, expected 0..%d", chosen, options - 1);
        return chosen;
    }

    /**
     * Asks a model about one question.
     *
     * @param sampler the model, with sampling
     * @param chooser the model, best without
     * @param options the texts of the options, at least two
     * @param samples how many answers to sample, at least 2; 10 are usual
     * @return what was elicited
     * @throws IllegalArgumentException if no sample could be parsed, or an answer is none of the
     *     options
     */
    public Elicited elicit(Chooser sampler, Chooser chooser, List<String> options, int samples) {
        Checks.atLeast("samples", samples, 2);
        Checks.that(options.size() > 1, "%d options, expected at least 2", options.size());
        double[] shares = new double[options.size()];
        int parsed = 0;
        for (int i = 0; i < samples; i++) {
            int chosen = choice(sampler.choose(List.copyOf(options)), shares.length);
            if (chosen >= 0) {
                shares[chosen]++;
                parsed++;
            }
        }
        Checks.that(parsed > 0, "none of %d samples could be parsed", samples);
        int unparsed = samples - parsed;
        List<int[]> chains = new ArrayList<>();
        for (int m = 0; m < shares.length; m++) {
            shares[m] /= parsed;
            if (shares[m] > 0) {
                Optional<int[]> chain = chain(chooser, options, m);
                chain.ifPresent(chains::add);
                unparsed += chain.isPresent() ? 0 : 1;
            }
        }
        return combine(shares, chains, unparsed);
    }

    /** Builds a {@link UfCalibration}. */
    public static final class Builder {

        private double decay = DEFAULT_DECAY;
        private String replacement = REPLACEMENT;

        private Builder() {}

        /**
         * Sets how much more an element of a chain weighs than the next.
         *
         * @param decay t, finite and above 0, default 2
         * @return this builder
         */
        public Builder optDecay(double decay) {
            this.decay = Checks.positive("decay", decay);
            return this;
        }

        /**
         * Sets the text that replaces a chosen option.
         *
         * @param replacement default "All other options are wrong."
         * @return this builder
         */
        public Builder optReplacement(String replacement) {
            this.replacement = replacement;
            return this;
        }

        /**
         * Builds the method.
         *
         * @return the method
         */
        public UfCalibration build() {
            return new UfCalibration(this);
        }
    }
}
