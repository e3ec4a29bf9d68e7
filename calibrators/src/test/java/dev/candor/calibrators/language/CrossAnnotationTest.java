package dev.candor.calibrators.language;

import static dev.candor.calibrators.language.Refusal.refuses;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candor.calibrators.language.CrossAnnotation.Annotated;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CrossAnnotationTest {

    private final List<Integer> samples = IntStream.range(0, 23).boxed().toList();

    @Test
    void noSampleIsAnsweredByAModelThatSawIt() {
        List<List<Integer>> seen = new ArrayList<>();
        Function<List<Integer>, Function<Integer, Boolean>> training =
                others -> {
                    seen.add(others);
                    return others::contains;
                };
        List<Annotated<Integer, Boolean>> annotated =
                CrossAnnotation.of(samples, 5, 1, training, (x, saw) -> !saw);
        assertThat(seen).hasSize(5).allMatch(others -> others.size() >= 18);
        assertThat(annotated).allMatch(Annotated::correct);
        assertThat(annotated.stream().map(Annotated::sample)).containsExactlyElementsOf(samples);
    }

    @Test
    void evensOutTheOutcomes() {
        List<Annotated<Integer, String>> annotated =
                samples.stream().map(x -> new Annotated<>(x, "a", x >= 4)).toList();
        List<Annotated<Integer, String>> balanced =
                CrossAnnotation.balanced(annotated, 3, 1, x -> x + 100);
        assertThat(balanced).hasSize(24);
        assertThat(balanced.stream().filter(Annotated::correct)).hasSize(12);
        assertThat(balanced.stream().filter(x -> !x.correct()).map(Annotated::sample))
                .containsExactlyInAnyOrder(0, 1, 2, 3, 100, 101, 102, 103, 100, 101, 102, 103);
    }

    @Test
    void refusesWhatCannotBeDivided() {
        refuses(
                () -> CrossAnnotation.of(samples, 1, 1, x -> y -> y, (x, y) -> true),
                "folds = 1, expected at least 2");
        refuses(
                () -> CrossAnnotation.of(samples.subList(0, 2), 3, 1, x -> y -> y, (x, y) -> true),
                "2 samples for 3 folds");
        List<Annotated<Integer, String>> right = List.of(new Annotated<>(1, "a", true));
        refuses(
                () -> CrossAnnotation.balanced(right, 1, 1, x -> x),
                "1 right and 0 wrong answers, expected some of each");
    }
}
