package dev.candor.language;

import java.util.List;

/**
 * The tokens of texts.
 *
 * @param ids the token ids of each text, its start and end included
 * @param truncated the places of the texts that were longer than the maximum, and were cut
 */
public record TokenizedTexts(List<long[]> ids, List<Integer> truncated) {

    /**
     * Copies the lists.
     *
     * @param ids one array for each text
     * @param truncated places in {@code ids}
     */
    public TokenizedTexts {
        ids = List.copyOf(ids);
        truncated = List.copyOf(truncated);
    }
}
