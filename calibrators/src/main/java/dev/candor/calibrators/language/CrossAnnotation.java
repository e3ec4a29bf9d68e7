package dev.candor.calibrators.language;

import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * Makes samples of the calibration task from those of the main task: what a model answers to
 * samples that it was not trained on, and whether that is right.
 *
 * <p>The samples are divided into folds; the answers to each fold are those of a model that was
 * trained on the others. Thus every sample gets an honest answer, and a second model can learn to
 * tell from sample and answer whether the answer is right. {@link #balanced} evens out the two
 * outcomes, of which the wrong one is rare as a rule.
 *
 * <p>Source: Chen et al., <i>LM-TOAST: Making Pre-trained Language Models Task-calibrated</i>,
 * Findings of ACL 2023, arXiv:2307.11316.
 */
public final class CrossAnnotation {

    private CrossAnnotation() {}

    /**
     * A sample with an answer and its outcome.
     *
     * @param sample the sample
     * @param answer what the model said
     * @param correct whether that is right
     * @param <X> the type of samples
     * @param <Y> the type of answers
     */
    public record Annotated<X, Y>(X sample, Y answer, boolean correct) {}

    /**
     * Annotates samples.
     *
     * @param samples the samples of the main task, at least as many as folds
     * @param folds the number of folds, at least 2
     * @param seed tells which samples are of a fold
     * @param training trains a model on samples, and returns what it answers
     * @param correct whether an answer to a sample is right
     * @param <X> the type of samples
     * @param <Y> the type of answers
     * @return the annotated samples, in the order of the samples
     * @throws IllegalArgumentException if there are fewer than two folds, or fewer samples than
     *     folds
     */
    public static <X, Y> List<Annotated<X, Y>> of(
            List<X> samples,
            int folds,
            long seed,
            Function<List<X>, Function<X, Y>> training,
            BiPredicate<X, Y> correct) {
        Checks.atLeast("folds", folds, 2);
        Checks.that(samples.size() >= folds, "%d samples for %d folds", samples.size(), folds);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(seed));
        List<Annotated<X, Y>> annotated =
                new ArrayList<>(Collections.nCopies(samples.size(), null));
        for (int fold = 0; fold < folds; fold++) {
            List<X> others = new ArrayList<>();
            for (int i = 0; i < order.size(); i++) {
                if (i % folds != fold) {
                    others.add(samples.get(order.get(i)));
                }
            }
            Function<X, Y> model = training.apply(others);
            for (int i = fold; i < order.size(); i += folds) {
                X sample = samples.get(order.get(i));
                Y answer = model.apply(sample);
                annotated.set(
                        order.get(i),
                        new Annotated<>(sample, answer, correct.test(sample, answer)));
            }
        }
        return List.copyOf(annotated);
    }

    /**
     * Evens out right and wrong answers: takes of the more frequent outcome no more than a multiple
     * of the other, drawn at random, and repeats the less frequent one until there are as many.
     *
     * @param samples annotated samples of both outcomes
     * @param multiple how many times as many of the frequent outcome are kept, at least 1
     * @param seed tells which are kept
     * @param augmentation changes a sample that is repeated, such as by another wording; identity
     *     where it is to stay as it is
     * @param <X> the type of samples
     * @param <Y> the type of answers
     * @return as many right samples as wrong ones, shuffled
     * @throws IllegalArgumentException if an outcome is missing
     */
    public static <X, Y> List<Annotated<X, Y>> balanced(
            List<Annotated<X, Y>> samples, int multiple, long seed, Function<X, X> augmentation) {
        Checks.atLeast("multiple", multiple, 1);
        List<Annotated<X, Y>> right = new ArrayList<>();
        List<Annotated<X, Y>> wrong = new ArrayList<>();
        for (Annotated<X, Y> sample : samples) {
            (sample.correct() ? right : wrong).add(sample);
        }
        Checks.that(
                !right.isEmpty() && !wrong.isEmpty(),
                "%d right and %d wrong answers, expected some of each",
                right.size(),
                wrong.size());
        Random random = new Random(seed);
        List<Annotated<X, Y>> many = right.size() > wrong.size() ? right : wrong;
        List<Annotated<X, Y>> few = many == right ? wrong : right;
        Collections.shuffle(many, random);
        long kept = Math.min(many.size(), (long) multiple * few.size());
        List<Annotated<X, Y>> balanced = new ArrayList<>(many.subList(0, (int) kept));
        for (int i = 0; i < kept; i++) {
            Annotated<X, Y> sample = few.get(i % few.size());
            balanced.add(
                    i < few.size()
                            ? sample
                            : new Annotated<>(
                                    augmentation.apply(sample.sample()),
                                    sample.answer(),
                                    sample.correct()));
        }
        Collections.shuffle(balanced, random);
        return List.copyOf(balanced);
    }
}
