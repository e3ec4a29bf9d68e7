package dev.candor.language;

import dev.candor.internal.Checks;

/**
 * The sizes of a {@link TransformerEncoder}.
 *
 * @param vocabulary the number of tokens
 * @param positions the largest number of tokens of a text
 * @param width the length of the vector of a token
 * @param hidden the width inside the feed-forward part of a layer
 * @param layers the number of layers
 * @param heads the number of attention heads; divides the width
 */
public record EncoderConfiguration(
        int vocabulary, int positions, int width, int hidden, int layers, int heads) {

    /**
     * Checks the sizes.
     *
     * @param vocabulary at least 1
     * @param positions at least 1
     * @param width at least 1
     * @param hidden at least 1
     * @param layers at least 1
     * @param heads at least 1, a divisor of the width
     * @throws IllegalArgumentException if a size is not
     */
    public EncoderConfiguration {
        Checks.atLeast("vocabulary", vocabulary, 1);
        Checks.atLeast("positions", positions, 1);
        Checks.atLeast("width", width, 1);
        Checks.atLeast("hidden", hidden, 1);
        Checks.atLeast("layers", layers, 1);
        Checks.atLeast("heads", heads, 1);
        Checks.that(
                width % heads == 0, "heads = %d, expected a divisor of the width %d", heads, width);
    }
}
