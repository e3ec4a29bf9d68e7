package dev.candor.calibrators.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * P(True): the confidence of a language model in an answer that it is asked to judge.
 *
 * <pre>
 *   P(True) = sigmoid((z_True - z_False) / T)
 * </pre>
 *
 * <p>{@code z_True} and {@code z_False} are the logits of the tokens that begin the two judgements,
 * after a prompt of question, proposed answer and "Is the proposed answer: (A) True (B) False",
 * {@code T > 0} a temperature. The model should see several of its own answers first where that is
 * feasible. Logits {@code [N, 2]} of False and True fit into {@link
 * dev.candor.calibrators.PlattScaling} with labels 1 where the answer was right.
 *
 * <p>Source: Kadavath et al., <i>Language Models (Mostly) Know What They Know</i>, 2022,
 * arXiv:2207.05221.
 */
public final class PTrue {

    private final MultipleChoice judgement;
    private final double temperature;

    private PTrue(Builder builder) {
        this.judgement = MultipleChoice.of(builder.model, builder.falseToken, builder.trueToken);
        this.temperature = builder.temperature;
    }

    /**
     * Returns the judge of a model.
     *
     * @param model the model
     * @param trueToken the token that begins the judgement that an answer is true
     * @param falseToken the token that begins the other
     * @return the judge, with temperature 1
     */
    public static PTrue of(LanguageModel model, long trueToken, long falseToken) {
        return builder().setModel(model).setTokens(trueToken, falseToken).build();
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
     * Computes the probability from two logits.
     *
     * @param trueLogit finite
     * @param falseLogit finite
     * @return P(True) at temperature 1
     */
    public static double of(double trueLogit, double falseLogit) {
        Checks.that(
                Double.isFinite(trueLogit - falseLogit),
                "logits %s and %s, expected finite values",
                trueLogit,
                falseLogit);
        return Distributions.softmax(falseLogit, trueLogit)[1];
    }

    /**
     * Asks the model for judgements.
     *
     * @param manager the manager of the result
     * @param prompts the tokens of each prompt, ending where the judgement is to come
     * @return float64 logits {@code [N, 2]} of False and True, divided by the temperature
     * @throws IllegalArgumentException as {@link MultipleChoice#logits}
     */
    public NDArray logits(NDManager manager, List<long[]> prompts) {
        return judgement.logits(manager, prompts).divi(temperature);
    }

    /**
     * Asks the model for one judgement.
     *
     * @param prompt the tokens of the prompt
     * @return P(True)
     * @throws IllegalArgumentException as {@link MultipleChoice#logits}
     */
    public double confidence(long... prompt) {
        try (NDManager manager = NDManager.newBaseManager()) {
            double[] logits = logits(manager, List.of(prompt)).toDoubleArray();
            return of(logits[1], logits[0]);
        }
    }

    /** Builds a {@link PTrue}. */
    public static final class Builder {

        private LanguageModel model;
        private long trueToken = -1;
        private long falseToken = -1;
        private double temperature = 1;

        private Builder() {}

        /**
         * Sets the model.
         *
         * @param model the model
         * @return this builder
         */
        public Builder setModel(LanguageModel model) {
            this.model = model;
            return this;
        }

        /**
         * Sets the tokens of the judgements.
         *
         * @param trueToken the token that begins the judgement that an answer is true
         * @param falseToken the token that begins the other
         * @return this builder
         */
        public Builder setTokens(long trueToken, long falseToken) {
            this.trueToken = trueToken;
            this.falseToken = falseToken;
            return this;
        }

        /**
         * Sets the temperature.
         *
         * @param temperature T, finite and above 0, default 1
         * @return this builder
         */
        public Builder optTemperature(double temperature) {
            this.temperature = Checks.positive("temperature", temperature);
            return this;
        }

        /**
         * Builds the judge.
         *
         * @return the judge
         * @throws IllegalArgumentException if the model or the tokens were not set
         */
        public PTrue build() {
            Checks.that(model != null, "no model was set");
            Checks.that(
                    trueToken >= 0 && falseToken >= 0,
                    "tokens %d and %d, expected those of True and False",
                    trueToken,
                    falseToken);
            return new PTrue(this);
        }
    }
}
