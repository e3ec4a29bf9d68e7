package dev.candor.language;

import ai.djl.Model;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import dev.candor.calibrators.Calibrator;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The folder of a classifier: what {@code classifier.json} tells, and the files beside it.
 *
 * @param format the version of this layout
 * @param encoder the sizes of the network
 * @param classes the names of the classes
 * @param maxLength the largest number of tokens of a text
 */
record SavedClassifier(
        int format, EncoderConfiguration encoder, List<String> classes, int maxLength) {

    static final String TOKENIZER = "tokenizer.json";
    static final String CALIBRATOR = "calibrator.candor";

    private static final int FORMAT = 1;
    private static final String DESCRIPTION = FineTunedClassifier.DESCRIPTION;
    private static final String NAME = "classifier";
    private static final String SERVING = "serving.properties";
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    /** Writes all files into a draft beside the folder, then moves them, the description last. */
    static void save(
            Path folder,
            Model model,
            TextTokenizer tokenizer,
            List<String> classes,
            Calibrator calibrator)
            throws IOException {
        Checks.that(
                calibrator.classes() == 0 || calibrator.classes() == classes.size(),
                "a calibrator of %d classes for a classifier of %d",
                calibrator.classes(),
                classes.size());
        Checks.that(!Files.isRegularFile(folder), "%s is a file, expected a folder", folder);
        Path target = folder.toAbsolutePath();
        Path draft = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
        try {
            Files.createDirectories(draft);
            TextClassifier network = (TextClassifier) model.getBlock();
            SavedClassifier description =
                    new SavedClassifier(
                            FORMAT, network.encoder().sizes(), classes, tokenizer.maxLength());
            model.setProperty("Epoch", "0");
            model.save(draft, NAME);
            Files.write(draft.resolve(TOKENIZER), tokenizer.definition());
            calibrator.save(draft.resolve(CALIBRATOR));
            Files.writeString(draft.resolve(SERVING), servingProperties());
            Files.writeString(draft.resolve(DESCRIPTION), GSON.toJson(description) + "\n");
            move(draft, target);
        } finally {
            delete(draft);
        }
    }

    /** What DJL reads first: how to make the network. */
    private static String servingProperties() {
        return String.join(
                "\n",
                "engine=PyTorch",
                "option.modelName=" + NAME,
                "blockFactory=" + TextClassifierBlockFactory.class.getName(),
                "");
    }

    private static void move(Path draft, Path target) throws IOException {
        Files.createDirectories(target);
        Files.deleteIfExists(target.resolve(DESCRIPTION));
        List<Path> files;
        try (Stream<Path> listed = Files.list(draft)) {
            files = listed.filter(file -> !file.endsWith(DESCRIPTION)).toList();
        }
        for (Path file : files) {
            moveInto(target, file);
        }
        moveInto(target, draft.resolve(DESCRIPTION));
    }

    private static void moveInto(Path target, Path file) throws IOException {
        Files.move(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void delete(Path draft) throws IOException {
        if (!Files.exists(draft)) {
            return;
        }
        try (Stream<Path> files = Files.list(draft)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(draft);
    }

    /** Reads the description. */
    static SavedClassifier read(Path folder) throws IOException {
        Path file = folder.resolve(DESCRIPTION);
        Checks.that(
                Files.isRegularFile(file),
                "%s holds no classifier: there is no %s",
                folder,
                DESCRIPTION);
        try {
            SavedClassifier description =
                    GSON.fromJson(Files.readString(file), SavedClassifier.class);
            Checks.that(
                    description != null
                            && description.encoder != null
                            && description.classes != null,
                    "%s is damaged",
                    file);
            Checks.that(
                    description.format == FORMAT,
                    "%s has format version %d, this library reads version %d",
                    file,
                    description.format,
                    FORMAT);
            return description;
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    /** A network without values. */
    TextClassifier network() {
        return TextClassifier.of(TransformerEncoder.of(encoder), classes.size());
    }

    TextTokenizer tokenizer(Path folder) throws IOException {
        try (InputStream stream = Files.newInputStream(folder.resolve(TOKENIZER))) {
            return TextTokenizer.read(stream, maxLength);
        }
    }
}
