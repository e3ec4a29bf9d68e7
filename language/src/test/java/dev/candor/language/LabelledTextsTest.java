package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelledTextsTest {

    @Test
    void namesClassesInAlphabeticalOrder() {
        LabelledTexts texts = LabelledTexts.of(List.of("a", "b", "c"), List.of("y", "x", "y"));
        assertThat(texts.classes()).containsExactly("x", "y");
        assertThat(texts.labels()).containsExactly(1, 0, 1);
        assertThat(texts.size()).isEqualTo(3);
    }

    @Test
    void takesTheClassesOfOtherTexts() {
        LabelledTexts texts = LabelledTexts.of(List.of("a"), List.of("y"), List.of("z", "y"));
        assertThat(texts.labels()).containsExactly(1);
    }

    @Test
    void refusesAnUnseenLabel() {
        assertThatThrownBy(
                        () ->
                                LabelledTexts.of(
                                        List.of("a", "b"), List.of("x", "w"), List.of("x", "y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("labels[1] = 'w', which is none of the 2 classes: x, y");
    }

    @Test
    void refusesFewerThanTwoTexts() {
        assertThatThrownBy(() -> LabelledTexts.of(List.of("a"), List.of("x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 texts, expected at least two");
        assertThatThrownBy(() -> LabelledTexts.of(List.of(), List.of(), List.of("x", "y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there are no texts, expected at least one");
    }

    @Test
    void refusesFewerThanTwoClasses() {
        assertThatThrownBy(() -> LabelledTexts.of(List.of("a", "b"), List.of("x", "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the texts have 1 class [x], expected at least two");
    }

    @Test
    void refusesAnEmptyText() {
        assertThatThrownBy(() -> LabelledTexts.of(List.of("a", " "), List.of("x", "y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("texts[1] is empty");
    }

    @Test
    void refusesTextsWithoutLabels() {
        assertThatThrownBy(
                        () -> LabelledTexts.of(List.of("a", "b"), List.of("x"), List.of("x", "y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 labels for 2 texts, expected one for each");
    }

    @Test
    void splitsEachClassInTheSameProportion() {
        LabelledTexts texts = MadeUpTexts.labelled(300, 1);
        List<LabelledTexts> parts = texts.split(0.1, 4);
        assertThat(parts.get(0).size()).isEqualTo(270);
        assertThat(parts.get(1).size()).isEqualTo(30);
        for (int label = 0; label < 3; label++) {
            assertThat(Collections.frequency(parts.get(1).labels(), label)).isEqualTo(10);
        }
        assertThat(texts.split(0.1, 4)).isEqualTo(parts);
        assertThat(texts.split(0.1, 5)).isNotEqualTo(parts);
    }

    @Test
    void refusesToSplitTooFew() {
        LabelledTexts texts = LabelledTexts.of(List.of("a", "b"), List.of("x", "y"));
        assertThatThrownBy(() -> texts.split(0.1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 texts are too few to take 0.1 of them apart");
    }
}
