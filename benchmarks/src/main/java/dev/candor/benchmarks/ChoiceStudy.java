package dev.candor.benchmarks;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.internal.LogitBatch;
import dev.candor.losses.TokenCrossEntropyLoss;
import dev.candor.training.language.CalibrationAwareFineTuning;
import dev.candor.training.language.CausalTransformer;
import dev.candor.training.language.ChoiceQuestion;
import dev.candor.training.language.ChoiceSet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Fine-tunes a small language model in several ways and tells what becomes of its calibration.
 *
 * <p>The model is trained on sentences, then, on few questions and for long, to choose the word
 * that follows among four, which makes it overconfident. Each way begins there, with other
 * questions; all are measured on questions that none of them saw.
 */
final class ChoiceStudy {

    private static final int LENGTH = 16;
    private static final int SHORTEST_PROMPT = 4;
    private static final int OPTIONS = 4;
    private static final int LARGEST_VOCABULARY = 1500;
    private static final int BINS = 10;
    private static final int BATCH = 32;
    private static final float PRETRAINING_RATE = 2e-3f;
    private static final float ALIGNMENT_RATE = 1e-3f;
    private static final float RATE = 2e-4f;
    private static final int SMALLEST = 200;

    private final Words words;
    private final List<String> pretraining;
    private final ChoiceSet alignment;
    private final ChoiceSet tuning;
    private final ChoiceSet validation;
    private final ChoiceSet test;
    private final Effort effort;

    /**
     * How long to train.
     *
     * @param pretraining epochs on sentences
     * @param alignment epochs on the few questions
     * @param tuning epochs of each way
     * @param weights of the calibration term, a way each
     */
    record Effort(int pretraining, int alignment, int tuning, List<Double> weights) {}

    /**
     * One way.
     *
     * @param figures on the test questions
     * @param temperature that suits the validation questions
     * @param scaled figures with it
     */
    record Outcome(ChoiceFigures figures, double temperature, ChoiceFigures scaled) {}

    private ChoiceStudy(List<String> sentences, long seed, Effort effort) {
        this.effort = effort;
        List<String> shuffled = new ArrayList<>(sentences);
        Collections.shuffle(shuffled, new Random(seed));
        int size = shuffled.size();
        this.pretraining = shuffled.subList(0, size * 2 / 5);
        this.words = Words.of(pretraining, LARGEST_VOCABULARY);
        Random random = new Random(seed + 1);
        this.alignment = questions(shuffled.subList(size * 8 / 20, size * 9 / 20), random);
        this.tuning = questions(shuffled.subList(size * 9 / 20, size * 8 / 10), random);
        this.validation = questions(shuffled.subList(size * 8 / 10, size * 9 / 10), random);
        this.test = questions(shuffled.subList(size * 9 / 10, size), random);
    }

    /** Runs all ways on sentences. */
    static Map<String, Outcome> run(
            List<String> sentences, long seed, Effort effort, Progress progress)
            throws IOException {
        if (sentences.size() < SMALLEST) {
            throw new BadData("%d sentences, expected at least %d", sentences.size(), SMALLEST);
        }
        return new ChoiceStudy(sentences, seed, effort).run(seed, progress);
    }

    /** Asks of each sentence which word follows some of it. */
    private ChoiceSet questions(List<String> sentences, Random random) {
        List<ChoiceQuestion> questions = new ArrayList<>();
        for (String sentence : sentences) {
            long[] tokens = words.tokens(sentence, LENGTH);
            if (tokens.length <= SHORTEST_PROMPT) {
                continue;
            }
            int cut = SHORTEST_PROMPT + random.nextInt(tokens.length - SHORTEST_PROMPT);
            if (tokens[cut] == Words.RARE) {
                continue;
            }
            long[] options = new long[OPTIONS];
            int answer = random.nextInt(OPTIONS);
            long[] others = words.draw(OPTIONS - 1, tokens[cut], random);
            System.arraycopy(others, 0, options, 0, answer);
            options[answer] = tokens[cut];
            System.arraycopy(others, answer, options, answer + 1, OPTIONS - 1 - answer);
            questions.add(ChoiceQuestion.of(Arrays.copyOf(tokens, cut), options, answer));
        }
        return ChoiceSet.of(questions, LENGTH);
    }

    private Map<String, Outcome> run(long seed, Progress progress) throws IOException {
        Engine.getInstance().setRandomSeed((int) seed);
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        try (Model model = Model.newInstance("words")) {
            model.setBlock(
                    CausalTransformer.builder()
                            .setVocabulary(words.size())
                            .optMaxLength(LENGTH)
                            .build());
            pretrain(model, progress);
            outcomes.put("as trained on text", measure(model));
            tune(
                    model,
                    CalibrationAwareFineTuning.cft()
                            .optEpochs(effort.alignment)
                            .optLearningRate(ALIGNMENT_RATE),
                    alignment,
                    "few questions, for long",
                    progress);
            byte[] start = parameters(model);
            Outcome aligned = measure(model);
            outcomes.put("few questions, for long", aligned);
            outcomes.put("+ temperature scaling", new Outcome(aligned.scaled, 1, aligned.scaled));
            Map<String, CalibrationAwareFineTuning.Builder> ways = new LinkedHashMap<>();
            ways.put("+ SFT", CalibrationAwareFineTuning.rcft().optWeight(0));
            ways.put("+ CFT", CalibrationAwareFineTuning.cft());
            for (double weight : effort.weights) {
                ways.put(
                        "+ RCFT, lambda " + weight,
                        CalibrationAwareFineTuning.rcft().optWeight(weight));
            }
            for (Map.Entry<String, CalibrationAwareFineTuning.Builder> way : ways.entrySet()) {
                restore(model, start);
                CalibrationAwareFineTuning.Builder recipe =
                        way.getValue().optEpochs(effort.tuning).optLearningRate(RATE);
                tune(model, recipe, tuning, way.getKey().substring(2), progress);
                outcomes.put(way.getKey(), measure(model));
            }
        }
        return outcomes;
    }

    private void pretrain(Model model, Progress progress) throws IOException {
        int batches = (pretraining.size() + BATCH - 1) / BATCH;
        progress.begin("text", (long) effort.pretraining * batches);
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(TokenCrossEntropyLoss.joint())
                        .optOptimizer(adam(PRETRAINING_RATE))
                        .addTrainingListeners(steps(progress));
        try (Trainer trainer = model.newTrainer(config);
                NDManager manager = trainer.getManager().newSubManager()) {
            trainer.initialize(new Shape(BATCH, LENGTH));
            EasyTrain.fit(trainer, effort.pretraining, sentences(manager), null);
        } catch (TranslateException e) {
            throw new IOException("the sentences cannot be batched: " + e.getMessage(), e);
        }
        progress.close();
    }

    private static Optimizer adam(float rate) {
        return Optimizer.adam().optLearningRateTracker(Tracker.fixed(rate)).build();
    }

    private static TrainingListenerAdapter steps(Progress progress) {
        return new TrainingListenerAdapter() {
            @Override
            public void onTrainingBatch(Trainer trainer, BatchData batchData) {
                progress.step();
            }
        };
    }

    private ArrayDataset sentences(NDManager manager) {
        long[] tokens = new long[pretraining.size() * LENGTH];
        long[] labels = new long[tokens.length];
        Arrays.fill(labels, LogitBatch.IGNORE_INDEX);
        for (int i = 0; i < pretraining.size(); i++) {
            long[] sentence = words.tokens(pretraining.get(i), LENGTH);
            System.arraycopy(sentence, 0, tokens, i * LENGTH, sentence.length);
            System.arraycopy(sentence, 0, labels, i * LENGTH, sentence.length);
        }
        Shape shape = new Shape(pretraining.size(), LENGTH);
        return new ArrayDataset.Builder()
                .setData(manager.create(tokens, shape))
                .optLabels(manager.create(labels, shape))
                .setSampling(BATCH, true)
                .build();
    }

    private static void tune(
            Model model,
            CalibrationAwareFineTuning.Builder recipe,
            ChoiceSet questions,
            String name,
            Progress progress)
            throws IOException {
        progress.begin(name, (questions.size() + BATCH - 1) / BATCH);
        recipe.optBatchSize(BATCH)
                .optTrainingListeners(steps(progress))
                .build()
                .fit(model, questions);
        progress.close();
    }

    private Outcome measure(Model model) {
        try (NDManager scope = model.getNDManager().newSubManager()) {
            NDArray held = validation.logits(model, scope);
            NDArray logits = test.logits(model, scope);
            NDArray answers = test.answers(scope);
            TemperatureScaling scaling = TemperatureScaling.fit(held, validation.answers(scope));
            return new Outcome(
                    ChoiceFigures.of(logits, answers, BINS),
                    scaling.temperature(),
                    ChoiceFigures.of(scaling.apply(logits), answers, BINS));
        }
    }

    private static byte[] parameters(Model model) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream stream = new DataOutputStream(bytes)) {
            model.getBlock().saveParameters(stream);
        }
        return bytes.toByteArray();
    }

    private static void restore(Model model, byte[] parameters) throws IOException {
        try (DataInputStream stream = new DataInputStream(new ByteArrayInputStream(parameters))) {
            model.getBlock().loadParameters(model.getNDManager(), stream);
        } catch (MalformedModelException e) {
            throw new IllegalStateException("the parameters were written a moment ago", e);
        }
    }
}
