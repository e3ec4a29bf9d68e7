package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The confidence that a language model states in words, such as "very likely": how often it was
 * right when it said so.
 *
 * <pre>
 *   conf(phrase) = share of right answers among held-out answers with that phrase
 * </pre>
 *
 * <p>{@link #phrases()} lists the phrases that are known without being told, in English and
 * Chinese; the longest that fits counts, so that "unlikely" and "not likely" are not taken for
 * "likely". A phrase that none of the held-out answers has, two different phrases, or none: then
 * the answer is not parsed. Phrases mean different things to different models, and to the same one
 * in different prompts: numbers from surveys among people are no substitute for the fit. With few
 * answers of a phrase its share is noisy. Immutable.
 *
 * <p>Source: Tian et al., <i>Just Ask for Calibration</i>, EMNLP 2023, arXiv:2305.14975, where the
 * fit is an optimised linguistic confidence.
 */
public final class PhraseConfidence {

    private static final List<String> KNOWN =
            List.of(
                    "almost certain",
                    "almost certainly",
                    "certain",
                    "certainly",
                    "highly likely",
                    "very likely",
                    "very good chance",
                    "good chance",
                    "likely",
                    "probable",
                    "probably",
                    "better than even",
                    "about even",
                    "possible",
                    "possibly",
                    "maybe",
                    "not sure",
                    "uncertain",
                    "not certain",
                    "probably not",
                    "not likely",
                    "unlikely",
                    "very unlikely",
                    "highly unlikely",
                    "little chance",
                    "almost no chance",
                    "impossible",
                    "几乎肯定",
                    "几乎可以肯定",
                    "肯定",
                    "一定",
                    "极有可能",
                    "非常可能",
                    "很可能",
                    "很有可能",
                    "有可能",
                    "可能",
                    "大概",
                    "也许",
                    "一半一半",
                    "不确定",
                    "不肯定",
                    "不一定",
                    "不太可能",
                    "不大可能",
                    "很不可能",
                    "极不可能",
                    "几乎不可能",
                    "不可能");

    private final Map<String, Double> probabilities;
    private final List<String> longestFirst;
    private final int unparsed;

    private PhraseConfidence(
            Map<String, Double> probabilities, List<String> phrases, int unparsed) {
        this.probabilities = probabilities;
        this.longestFirst = longestFirst(phrases);
        this.unparsed = unparsed;
    }

    private static List<String> longestFirst(List<String> phrases) {
        return phrases.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
    }

    /**
     * Returns the phrases that are known without being told.
     *
     * @return the phrases, in lower case
     */
    public static List<String> phrases() {
        return KNOWN;
    }

    /**
     * Returns given confidences.
     *
     * @param probabilities the confidence of each phrase, in {@code 0..1}, at least one
     * @return the confidences; known phrases without a number are not parsed
     * @throws IllegalArgumentException if there is none, a phrase is blank, or a value is out of
     *     range
     */
    public static PhraseConfidence of(Map<String, Double> probabilities) {
        Checks.that(!probabilities.isEmpty(), "no phrases, expected at least one");
        Map<String, Double> checked = new TreeMap<>();
        probabilities.forEach(
                (phrase, p) -> {
                    Checks.that(!phrase.isBlank(), "a phrase is blank, expected words");
                    checked.put(
                            normalised(phrase),
                            Checks.within("the confidence of '" + phrase + "'", p, 0, 1));
                });
        return new PhraseConfidence(checked, with(checked.keySet()), 0);
    }

    private static List<String> with(Iterable<String> others) {
        List<String> all = new ArrayList<>(KNOWN);
        for (String other : others) {
            if (!all.contains(other)) {
                all.add(other);
            }
        }
        return all;
    }

    /**
     * Fits the known phrases to held-out answers.
     *
     * @param answers what the model said, at least two
     * @param correct whether each answer is right
     * @return the confidences
     * @throws IllegalArgumentException if there are fewer than two answers, the lengths differ, or
     *     none holds a phrase
     */
    public static PhraseConfidence fit(List<String> answers, boolean... correct) {
        return fit(KNOWN, answers, correct);
    }

    /**
     * Fits phrases to held-out answers.
     *
     * @param phrases the phrases to look for, in place of those known
     * @param answers what the model said, at least two
     * @param correct whether each answer is right
     * @return the confidences
     * @throws IllegalArgumentException if there are fewer than two answers, the lengths differ, a
     *     phrase is blank, or no answer holds one
     */
    public static PhraseConfidence fit(
            List<String> phrases, List<String> answers, boolean... correct) {
        Checks.that(answers.size() > 1, "%d answers, expected at least 2", answers.size());
        Checks.that(
                answers.size() == correct.length,
                "%d outcomes for %d answers",
                correct.length,
                answers.size());
        for (String phrase : phrases) {
            Checks.that(!phrase.isBlank(), "a phrase is blank, expected words");
        }
        List<String> ordered =
                longestFirst(phrases.stream().map(PhraseConfidence::normalised).toList());
        Map<String, int[]> counts = new TreeMap<>();
        int missing = 0;
        for (int i = 0; i < correct.length; i++) {
            Optional<String> phrase = find(ordered, answers.get(i));
            if (phrase.isEmpty()) {
                missing++;
                continue;
            }
            int[] count = counts.computeIfAbsent(phrase.get(), key -> new int[2]);
            count[correct[i] ? 1 : 0]++;
        }
        Checks.that(!counts.isEmpty(), "none of %d answers holds a phrase", answers.size());
        Map<String, Double> shares = new TreeMap<>();
        counts.forEach((phrase, n) -> shares.put(phrase, (double) n[1] / (n[0] + n[1])));
        return new PhraseConfidence(shares, ordered, missing);
    }

    private static String normalised(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\s+", " ");
    }

    /** The only phrase of a text; each is blanked before shorter ones are looked for. */
    private static Optional<String> find(List<String> longestFirst, String answer) {
        String text = normalised(answer);
        String found = null;
        for (String phrase : longestFirst) {
            Pattern whole =
                    Pattern.compile(
                            "(?<!\\p{IsLatin})" + Pattern.quote(phrase) + "(?!\\p{IsLatin})");
            String rest = whole.matcher(text).replaceAll("\u0000");
            if (!rest.equals(text)) {
                if (found != null) {
                    return Optional.empty();
                }
                found = phrase;
                text = rest;
            }
        }
        // A negation in front of a phrase makes another one, which is not known.
        boolean negated = Pattern.compile("(?:\\bnot|n't|不|没)\\s*\u0000").matcher(text).find();
        return negated ? Optional.empty() : Optional.ofNullable(found);
    }

    /**
     * Parses an answer.
     *
     * @param answer what the model said
     * @return a value in {@code 0..1}; none where there is no phrase of a known confidence, or more
     *     than one
     */
    public OptionalDouble parse(String answer) {
        Optional<String> phrase = find(longestFirst, answer);
        return phrase.isPresent() && probabilities.containsKey(phrase.get())
                ? OptionalDouble.of(probabilities.get(phrase.get()))
                : OptionalDouble.empty();
    }

    /**
     * Parses many answers.
     *
     * @param answers what the model said
     * @return the confidences, and how many answers could not be parsed
     */
    public ParsedConfidences parseAll(List<String> answers) {
        return ParsedConfidences.of(answers, this::parse);
    }

    /**
     * Returns the confidence of each phrase.
     *
     * @return the phrases that occurred, or were given
     */
    public Map<String, Double> probabilities() {
        return Map.copyOf(probabilities);
    }

    /**
     * Returns how many answers of the fit could not be parsed.
     *
     * @return the number
     */
    public int unparsed() {
        return unparsed;
    }
}
