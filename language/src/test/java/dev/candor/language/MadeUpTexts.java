package dev.candor.language;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts made by code: subjects tell the class, the rest is noise. */
final class MadeUpTexts {

    static final List<String> CLASSES = List.of("weather", "music", "money");

    private static final String[][] SUBJECTS = {
        {"rain", "snow", "fog"},
        {"song", "band", "concert"},
        {"bank", "payment", "loan"}
    };
    private static final String[] OPENINGS = {"about", "find", "what of"};
    private static final String[] ENDINGS = {
        "",
        "today",
        "in the city",
        "for my friend",
        "as soon as you can, if that is possible at all"
    };

    private MadeUpTexts() {}

    /** As many texts as asked for, the classes in turn. */
    static LabelledTexts labelled(int size, long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int label = i % CLASSES.size();
            texts.add(
                    String.join(
                            " ",
                            draw(OPENINGS, random),
                            draw(SUBJECTS[label], random),
                            "and",
                            draw(SUBJECTS[label], random),
                            draw(ENDINGS, random)));
            labels.add(CLASSES.get(label));
        }
        return LabelledTexts.of(texts, labels);
    }

    /** Texts of a few to about sixty tokens. */
    static List<String> ofAllLengths(int size, long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            StringBuilder text = new StringBuilder(draw(SUBJECTS[i % SUBJECTS.length], random));
            for (int words = random.nextInt(1 + i / 4); words > 0; words--) {
                text.append(words % 7 == 0 ? ", " : " ");
                text.append(
                        words % 5 == 0
                                ? "naïve–résumé " + random.nextInt()
                                : draw(OPENINGS, random));
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static String draw(String[] words, Random random) {
        return words[random.nextInt(words.length)];
    }
}
