package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DomainContextCalibrationTest extends PriorContract {

    @Override
    Calibrator given(double... prior) {
        return DomainContextCalibration.of(prior);
    }

    @Override
    Calibrator estimated(NDArray logits) {
        return DomainContextCalibration.fit(logits);
    }

    @Override
    double[] prior(Calibrator calibrator) {
        return ((DomainContextCalibration) calibrator).domain();
    }

    @Test
    void dividesByTheMeanOfTheProbabilities() {
        NDArray logits = rows(new double[] {.7, .3}, new double[] {.5, .5}).log();
        DomainContextCalibration calibrator = DomainContextCalibration.fit(logits);
        assertThat(calibrator.domain()).containsExactly(new double[] {.6, .4}, within(ROUNDING));
        assertThat(probabilities(calibrator, .3, .7)[0])
                .isCloseTo(.5 / (.5 + 1.75), within(ROUNDING));
    }

    @Test
    void drawsTextsOfTheWordsAndTheLengthOfTheDomain() {
        List<String> domain = List.of("send the money", "where is  my card now", "", "help\n");
        List<String> texts = DomainContextCalibration.texts(domain, 20, 3);
        assertThat(texts).hasSize(20).isEqualTo(DomainContextCalibration.texts(domain, 20, 3));
        assertThat(texts).isNotEqualTo(DomainContextCalibration.texts(domain, 20, 4));
        for (String text : texts) {
            assertThat(text.split(" "))
                    .hasSize(3)
                    .isSubsetOf(
                            Arrays.asList("send the money where is my card now help".split(" ")));
        }
    }

    @Test
    void refusesFewerThanTwoTexts() {
        refuses(
                () -> DomainContextCalibration.fit(manager.zeros(new Shape(1, 4))),
                "logits of random texts have shape (1, 4), expected 2 rows or more");
        refuses(
                () -> DomainContextCalibration.texts(List.of("a b"), 1, 0),
                "count = 1, expected at least 2");
        refuses(
                () -> DomainContextCalibration.texts(List.of("", "  "), 2, 0),
                "2 texts without a word, expected words");
    }
}
