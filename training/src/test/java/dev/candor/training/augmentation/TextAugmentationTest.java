package dev.candor.training.augmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextAugmentationTest {

    private static final List<String> TEXT =
            IntStream.range(0, 30).mapToObj(i -> "word" + i).toList();
    private static final Map<String, List<String>> TABLE =
            Map.of("word3", List.of("near", "by"), "word7", List.of("close"));

    @Test
    void swappingKeepsTheWords() {
        List<String> swapped = TextAugmentation.of().swap(TEXT, new SplittableRandom(1));
        assertThat(swapped).containsExactlyInAnyOrderElementsOf(TEXT).isNotEqualTo(TEXT);
        long moved =
                IntStream.range(0, 30).filter(i -> !swapped.get(i).equals(TEXT.get(i))).count();
        assertThat(moved).isBetween(2L, 6L);
    }

    @Test
    void deletingKeepsTheOrderAndAtLeastOneWord() {
        TextAugmentation some = TextAugmentation.builder().optShare(0.5).build();
        List<String> left = some.delete(TEXT, new SplittableRandom(1));
        assertThat(left)
                .hasSizeBetween(5, 25)
                .isSubsetOf(TEXT)
                .isSortedAccordingTo((a, b) -> Integer.compare(TEXT.indexOf(a), TEXT.indexOf(b)));
        TextAugmentation all = TextAugmentation.builder().optShare(1).build();
        assertThat(all.delete(TEXT, new SplittableRandom(1))).hasSize(1).isSubsetOf(TEXT);
    }

    @Test
    void insertingTakesFromTheTableAlone() {
        TextAugmentation augmentation = TextAugmentation.builder().optTable(TABLE).build();
        List<String> longer = augmentation.insert(TEXT, new SplittableRandom(1));
        assertThat(longer).hasSize(33).containsSubsequence(TEXT);
        assertThat(longer.stream().filter(word -> !TEXT.contains(word)))
                .isSubsetOf("near", "by", "close")
                .hasSize(3);
        List<String> unknown = List.of("a", "b");
        assertThat(augmentation.insert(unknown, new SplittableRandom(1))).isEqualTo(unknown);
    }

    @Test
    void operationsTakeTurns() {
        List<List<String>> varied =
                TextAugmentation.builder()
                        .optTable(TABLE)
                        .optVariants(6)
                        .build()
                        .augment(TEXT, new SplittableRandom(4));
        assertThat(varied).hasSize(6);
        assertThat(varied.get(0)).hasSize(30);
        assertThat(varied.get(1)).hasSizeLessThanOrEqualTo(30);
        assertThat(varied.get(2)).hasSize(33);
        assertThat(varied.get(3)).hasSize(30);
        assertThat(TextAugmentation.of().augment(TEXT, new SplittableRandom(4))).hasSize(4);
    }

    @Test
    void theSeedDeterminesTheVariants() {
        TextAugmentation augmentation = TextAugmentation.of();
        List<List<String>> first = augmentation.augment(TEXT, new SplittableRandom(9));
        assertThat(augmentation.augment(TEXT, new SplittableRandom(9))).isEqualTo(first);
        assertThat(augmentation.augment(TEXT, new SplittableRandom(10))).isNotEqualTo(first);
    }

    @Test
    void aTextOfOneWordStaysOne() {
        List<String> word = List.of("word3");
        assertThat(TextAugmentation.of().swap(word, new SplittableRandom(1))).isEqualTo(word);
        assertThat(TextAugmentation.of().delete(word, new SplittableRandom(1))).isEqualTo(word);
    }

    @Test
    void refusesATextWithoutWords() {
        assertThatThrownBy(() -> TextAugmentation.of().delete(List.of(), new SplittableRandom(1)))
                .hasMessage("words = 0, expected at least 1");
        assertThatThrownBy(() -> TextAugmentation.builder().optTable(Map.of("a", List.of())))
                .hasMessage("no words for 'a' in the table, expected at least one");
    }
}
