package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The confidence that a language model states in its answer, in figures.
 *
 * <p>Understood are, in English and Chinese and with figures of full width too:
 *
 * <pre>
 *   percentages   85%, 85 percent, 百分之85, 百分之八十五
 *   fractions     8/10, 8 out of 10, 十分之八
 *   tenths        8成, 八成, 八成五, 九成半
 *   numbers       0.85, .85, 1; of another scale if told so
 * </pre>
 *
 * <p>Where the answer names it ("confidence", "probability", "certainty", "likelihood", "how sure",
 * 置信度, 概率, 可能性, 把握, 信心), what follows the last such word in its sentence counts, and nothing else
 * if there is anything. Otherwise the whole answer counts, and percentages, fractions and tenths go
 * before bare numbers. Two different confidences, a range, a value outside of 0 to 1, or none at
 * all: then the answer is not parsed. Words such as "very likely" are left to {@link
 * PhraseConfidence}.
 *
 * <p>Models state round and high figures: calibrate them on held-out answers, such as by {@link
 * dev.candor.calibrators.PlattScaling}, before they are shown. Immutable.
 *
 * <p>Source: Lin, Hilton and Evans, <i>Teaching Models to Express Their Uncertainty in Words</i>,
 * TMLR 2022, arXiv:2205.14334; several guesses at once: Tian et al., <i>Just Ask for
 * Calibration</i>, EMNLP 2023, arXiv:2305.14975.
 */
public final class VerbalizedConfidence {

    private static final String CHINESE = "[零〇一二两三四五六七八九十百]+";

    /** A number that is not the tail of a longer one, of a word, or of a date. */
    private static final String NUMBER = "(?<![\\d.,/\\p{IsLatin}])-?(?:\\d+(?:\\.\\d+)?|\\.\\d+)";

    private static final String RANGE = "(?:-|–|—|~|～|至|到|\\bto\\b|\\band\\b)";

    private static final Pattern CUE =
            Pattern.compile(
                    "confiden(?:ce|t)|probability|certainty|likelihood|how sure"
                            + "|置信度|概率|可能性|把握|信心");

    /** A scale in brackets, which is what was asked for and not what was answered. */
    private static final Pattern SCALE =
            Pattern.compile("^\\s*\\([^)]*?\\d\\s*%?\\s*" + RANGE + "\\s*\\d[^)]*\\)");

    private static final Pattern SENTENCE = Pattern.compile("[。!?！？;；\\n]|\\.(?=\\s|$)");

    private static final Pattern STATED =
            Pattern.compile(
                    "(?<range>%1$s\\s*(?:%%|percent)?\\s*%2$s\\s*%1$s\\s*(?:%%|percent|成)?)"
                                    .formatted("(?:\\d+(?:\\.\\d+)?|\\.\\d+)", RANGE)
                            + "|(?<percent>"
                            + NUMBER
                            + ")\\s*(?:%|percent\\b|per cent\\b|pct\\b)"
                            + "|百分之(?<hundredths>-?\\d+(?:\\.\\d+)?|"
                            + CHINESE
                            + ")"
                            + "|(?<whole>"
                            + CHINESE
                            + ")分之(?<part>"
                            + CHINESE
                            + ")"
                            + "|(?<over>"
                            + NUMBER
                            + ")\\s*(?:/|out of)\\s*(?<under>\\d+(?:\\.\\d+)?)(?![\\d/])"
                            + "|(?<tenths>\\d+(?:\\.\\d+)?|[一二两三四五六七八九十])成(?<more>[半一二三四五六七八九])?"
                            + "|(?<bare>"
                            + NUMBER
                            + ")(?![\\d\\p{IsLatin}])");

    private static final Pattern GUESS =
            Pattern.compile("(?m)^\\s*(?:g|guess|猜测|答案)\\s*(\\d+)\\s*:\\s*(.+?)\\s*$");

    private static final Pattern PROBABILITY =
            Pattern.compile("(?m)^\\s*(?:p|probability|概率|置信度)\\s*(\\d+)\\s*:\\s*(.+?)\\s*$");

    private static final String DIGITS = "零一二三四五六七八九";

    private final double scale;

    private VerbalizedConfidence(double scale) {
        this.scale = scale;
    }

    /**
     * One of several guesses.
     *
     * @param text the answer, in lower case
     * @param probability what the model states of it, in {@code 0..1}
     */
    public record Guess(String text, double probability) {}

    /**
     * Returns a parser in which bare numbers are probabilities.
     *
     * @return the parser
     */
    public static VerbalizedConfidence of() {
        return of(1);
    }

    /**
     * Returns a parser in which bare numbers are of another scale: 100 where the model was asked
     * for a number from 0 to 100, 10 for one from 0 to 10.
     *
     * @param scale the number that stands for certainty, finite and above 0
     * @return the parser
     */
    public static VerbalizedConfidence of(double scale) {
        return new VerbalizedConfidence(Checks.positive("scale", scale));
    }

    /**
     * Parses an answer.
     *
     * @param answer what the model said
     * @return a value in {@code 0..1}; none where there is no confidence or no single one
     */
    public OptionalDouble parse(String answer) {
        String text = normalised(answer);
        OptionalDouble told = OptionalDouble.empty();
        boolean any = false;
        Matcher cue = CUE.matcher(text);
        while (cue.find()) {
            String rest = SCALE.matcher(text.substring(cue.end())).replaceFirst("");
            Stated stated = stated(sentence(rest));
            if (stated.found) {
                told = stated.value;
                any = true;
            }
        }
        return any ? told : stated(text).value;
    }

    /** Figures and signs of one width, and lower case. */
    private static String normalised(String answer) {
        return Normalizer.normalize(answer, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    private static String sentence(String text) {
        Matcher end = SENTENCE.matcher(text);
        return end.find() ? text.substring(0, end.start()) : text;
    }

    /** What a text states: whether anything, and its value if there is a single one. */
    private record Stated(boolean found, OptionalDouble value) {}

    private Stated stated(String text) {
        List<Double> marked = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        Matcher matcher = STATED.matcher(text);
        while (matcher.find()) {
            if (matcher.group("range") != null) {
                return new Stated(true, OptionalDouble.empty());
            }
            if (matcher.group("bare") != null) {
                bare.add(Double.parseDouble(matcher.group("bare")) / scale);
            } else {
                marked.add(marked(matcher));
            }
        }
        List<Double> values = marked.isEmpty() ? bare : marked;
        boolean single = values.stream().distinct().count() == 1;
        boolean valid = single && values.get(0) >= 0 && values.get(0) <= 1;
        return new Stated(
                !values.isEmpty(),
                valid ? OptionalDouble.of(values.get(0)) : OptionalDouble.empty());
    }

    private static double marked(Matcher matcher) {
        if (matcher.group("percent") != null) {
            return Double.parseDouble(matcher.group("percent")) / 100;
        }
        if (matcher.group("hundredths") != null) {
            return number(matcher.group("hundredths")) / 100;
        }
        if (matcher.group("whole") != null) {
            return number(matcher.group("part")) / number(matcher.group("whole"));
        }
        if (matcher.group("over") != null) {
            return Double.parseDouble(matcher.group("over"))
                    / Double.parseDouble(matcher.group("under"));
        }
        String more = matcher.group("more");
        double hundredths = more == null ? 0 : more.equals("半") ? 5 : number(more);
        return (10 * number(matcher.group("tenths")) + hundredths) / 100;
    }

    /** A number in Arabic or, up to 199, Chinese figures; NaN for other words of these signs. */
    private static double number(String figures) {
        if (Character.getType(figures.charAt(figures.length() - 1))
                        == Character.DECIMAL_DIGIT_NUMBER
                || figures.charAt(0) == '-') {
            return Double.parseDouble(figures);
        }
        double total = 0;
        int digit = -1;
        for (char sign : figures.replace('两', '二').replace('〇', '零').toCharArray()) {
            if (sign == '十' || sign == '百') {
                total += (digit < 0 ? 1 : digit) * (sign == '十' ? 10 : 100);
                digit = -1;
            } else if (digit > 0) {
                return Double.NaN;
            } else {
                digit = DIGITS.indexOf(sign);
            }
        }
        return total + Math.max(digit, 0);
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
     * Parses an answer of several guesses, each on a line with its number, such as "G1: Paris" and
     * "P1: 0.8", or "答案1：巴黎" and "概率1：80%".
     *
     * @param answer what the model said
     * @return the guesses, the most probable first; empty where there is none, a guess has no
     *     probability, or one is not parsed
     */
    public List<Guess> parseGuesses(String answer) {
        String text = normalised(answer);
        Map<String, String> guesses = numbered(GUESS.matcher(text));
        Map<String, String> probabilities = numbered(PROBABILITY.matcher(text));
        if (!guesses.keySet().equals(probabilities.keySet())) {
            return List.of();
        }
        List<Guess> parsed = new ArrayList<>();
        for (Map.Entry<String, String> guess : guesses.entrySet()) {
            OptionalDouble probability = stated(probabilities.get(guess.getKey())).value;
            if (probability.isEmpty()) {
                return List.of();
            }
            parsed.add(new Guess(guess.getValue(), probability.getAsDouble()));
        }
        parsed.sort((a, b) -> Double.compare(b.probability(), a.probability()));
        return List.copyOf(parsed);
    }

    private static Map<String, String> numbered(Matcher lines) {
        Map<String, String> numbered = new TreeMap<>();
        while (lines.find()) {
            numbered.putIfAbsent(lines.group(1), lines.group(2));
        }
        return numbered;
    }
}
