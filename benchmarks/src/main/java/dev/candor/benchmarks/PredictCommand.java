package dev.candor.benchmarks;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import com.google.gson.JsonObject;
import dev.candor.language.FineTunedClassifier;
import dev.candor.language.TextClassifierTranslatorFactory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks a saved classifier. */
@Command(
        name = "predict",
        header = "Tells the class of texts, with calibrated probabilities.",
        description = "Asks a classifier that 'candor finetune' saved.")
final class PredictCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder of the classifier.")
    private Path folder;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "TEXT", description = "The texts.")
    private List<String> texts;

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "3",
            description = "The N most probable classes. Default: ${DEFAULT-VALUE}.")
    private int top;

    @Option(names = "--json", description = "Prints one JSON object for each text.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (top < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--top = " + top + ", expected at least 1");
        }
        for (String text : texts) {
            if (text.isBlank()) {
                throw new ParameterException(spec.commandLine(), "a text is empty");
            }
        }
        if (!Files.isDirectory(folder)) {
            throw new BadData("%s: no such folder", folder);
        }
        if (!Files.isRegularFile(folder.resolve(FineTunedClassifier.DESCRIPTION))) {
            throw new BadData(
                    "%s: holds no classifier, there is no %s",
                    folder, FineTunedClassifier.DESCRIPTION);
        }
        Criteria<String, Classifications> criteria =
                Criteria.builder()
                        .setTypes(String.class, Classifications.class)
                        .optModelPath(folder)
                        .optTranslatorFactory(new TextClassifierTranslatorFactory())
                        .build();
        try (ZooModel<String, Classifications> model = criteria.loadModel();
                Predictor<String, Classifications> predictor = model.newPredictor()) {
            List<Classifications> answers = predictor.batchPredict(texts);
            PrintWriter out = spec.commandLine().getOut();
            for (int i = 0; i < texts.size(); i++) {
                print(texts.get(i), answers.get(i), out);
            }
            return 0;
        } catch (ModelNotFoundException | MalformedModelException | TranslateException e) {
            throw new BadData(e, "%s: %s", folder, root(e).getMessage());
        }
    }

    private static Throwable root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private void print(String text, Classifications answer, PrintWriter out) {
        if (json) {
            JsonObject object = new JsonObject();
            object.addProperty("text", text);
            object.addProperty("class", answer.best().getClassName());
            object.add("probability", Json.number(answer.best().getProbability()));
            JsonObject classes = new JsonObject();
            answer.topK(Math.min(top, answer.items().size()))
                    .forEach(
                            item ->
                                    classes.add(
                                            item.getClassName(),
                                            Json.number(item.getProbability())));
            object.add("classes", classes);
            out.println(object);
            return;
        }
        if (texts.size() > 1) {
            out.println(text);
        }
        answer.topK(Math.min(top, answer.items().size()))
                .forEach(
                        item ->
                                out.printf(
                                        Locale.ROOT,
                                        "%.4f  %s%n",
                                        item.getProbability(),
                                        item.getClassName()));
    }
}
