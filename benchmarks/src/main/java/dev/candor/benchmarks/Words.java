package dev.candor.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The words of some sentences as tokens: 0 for padding, 1 for rare words, 2 for the beginning of a
 * sentence, then the frequent words.
 */
final class Words {

    static final int RARE = 1;
    static final int BEGINNING = 2;
    private static final int FIRST = 3;
    private static final int SMALLEST_COUNT = 3;

    private final Map<String, Integer> tokens = new HashMap<>();
    private final double[] shares;

    private Words(Map<String, Integer> counts, int most) {
        List<String> frequent =
                counts.keySet().stream()
                        .filter(word -> counts.get(word) >= SMALLEST_COUNT)
                        .sorted((a, b) -> counts.get(b) - counts.get(a))
                        .limit(most)
                        .toList();
        double total = frequent.stream().mapToInt(counts::get).sum();
        this.shares = new double[frequent.size()];
        for (int i = 0; i < shares.length; i++) {
            tokens.put(frequent.get(i), FIRST + i);
            shares[i] = counts.get(frequent.get(i)) / total;
        }
    }

    /** Counts the words of sentences and keeps the most frequent. */
    static Words of(List<String> sentences, int most) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String sentence : sentences) {
            for (String word : split(sentence)) {
                counts.merge(word, 1, Integer::sum);
            }
        }
        return new Words(counts, most);
    }

    private static List<String> split(String sentence) {
        return Arrays.stream(sentence.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}']+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Number of tokens. */
    int size() {
        return FIRST + shares.length;
    }

    /** The tokens of a sentence, its beginning marked, cut to a length. */
    long[] tokens(String sentence, int longest) {
        List<Long> found = new ArrayList<>();
        found.add((long) BEGINNING);
        for (String word : split(sentence)) {
            found.add((long) tokens.getOrDefault(word, RARE));
        }
        return found.stream().limit(longest).mapToLong(Long::longValue).toArray();
    }

    /** Different words, drawn as often as they occur, none of them this one. */
    long[] draw(int count, long other, Random random) {
        List<Long> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            double left = random.nextDouble();
            int word = 0;
            while (word < shares.length - 1 && left > shares[word]) {
                left -= shares[word++];
            }
            long token = FIRST + word;
            if (token != other && !drawn.contains(token)) {
                drawn.add(token);
            }
        }
        return drawn.stream().mapToLong(Long::longValue).toArray();
    }

    /** Sentences of made-up words, each of which tells something of the next two. */
    static List<String> generated(int count, long seed) {
        Random random = new Random(seed);
        int size = 120;
        int[][] followers = new int[size * 2][];
        for (int i = 0; i < followers.length; i++) {
            followers[i] = IntStream.range(0, 6).map(k -> random.nextInt(size)).toArray();
        }
        List<String> sentences = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder sentence = new StringBuilder();
            int word = random.nextInt(size);
            int before = 0;
            int length = 6 + random.nextInt(6);
            for (int t = 0; t < length; t++) {
                sentence.append("w").append(word).append(' ');
                int[] next = followers[2 * word + before % 2];
                before = word;
                // The first follower is the likeliest.
                word = next[Math.min(random.nextInt(6), random.nextInt(6))];
            }
            sentences.add(sentence.toString().strip());
        }
        return sentences;
    }
}
