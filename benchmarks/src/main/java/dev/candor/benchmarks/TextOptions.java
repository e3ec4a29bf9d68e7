package dev.candor.benchmarks;

import dev.candor.language.FineTuning;
import dev.candor.language.LabelledTexts;
import dev.candor.language.LowRankAdaptation;
import dev.candor.language.PretrainedEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What the commands that train on texts have in common. */
final class TextOptions {

    /** Where no validation file is given, this part of the training texts. */
    private static final double VALIDATION_PART = 0.1;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--train",
            paramLabel = "FILE",
            required = true,
            description = "Texts to train on: .csv or .tsv, or one of these and .gz.")
    private Path train;

    @Option(
            names = "--valid",
            paramLabel = "FILE",
            description =
                    "Texts to fit the calibrator to. Default: a tenth of the training texts, drawn"
                            + " by the seed.")
    private Path valid;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            required = true,
            description = "Texts to measure.")
    private Path test;

    @Option(
            names = "--ood",
            paramLabel = "FILE",
            description =
                    "Texts of none of the classes, to measure how well confidence tells them apart.")
    private Path ood;

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = "text",
            description = "The column of texts. Default: ${DEFAULT-VALUE}.")
    private String textColumn;

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            defaultValue = "label",
            description = "The column of classes. Default: ${DEFAULT-VALUE}.")
    private String labelColumn;

    @Option(
            names = "--no-header",
            description = "The first line is a text already; columns are called 1, 2, ...")
    private boolean noHeader;

    @Option(
            names = "--encoder",
            paramLabel = "ONNX",
            description =
                    "A BERT exported as ONNX; needs --tokenizer. Default: all-MiniLM-L6-v2, which"
                            + " comes along.")
    private Path encoder;

    @Option(
            names = "--tokenizer",
            paramLabel = "JSON",
            description = "The tokenizer.json of the encoder.")
    private Path tokenizer;

    @Option(
            names = "--head-only",
            description = "Trains the head alone: a pass of the encoder over each text is enough.")
    private boolean headOnly;

    @Option(
            names = "--freeze",
            paramLabel = "N",
            defaultValue = "0",
            description = "Leaves the embeddings and the lowest N layers as they are.")
    private int freeze;

    @Option(
            names = "--lora",
            paramLabel = "RANK",
            description = "Trains adapters of this rank rather than the encoder itself.")
    private Integer lora;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            defaultValue = "64",
            description = "Longer texts are cut after N tokens. Default: ${DEFAULT-VALUE}.")
    private int maxLength;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Epochs of training. Default: 4, of the head alone 30.")
    private Integer epochs;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "32",
            description = "Texts of a training batch. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--rate",
            paramLabel = "R",
            description = "Learning rate of the encoder. Default: 5e-5, of adapters 1e-3.")
    private Double rate;

    @Option(
            names = "--head-rate",
            paramLabel = "R",
            defaultValue = "5e-3",
            description = "Learning rate of the head. Default: ${DEFAULT-VALUE}.")
    private double headRate;

    /** The fine-tuning that the options ask for, to be completed. */
    FineTuning.Builder fineTuning() {
        try {
            FineTuning.Builder builder =
                    FineTuning.builder()
                            .optHeadOnly(headOnly)
                            .optFrozenLayers(freeze)
                            .optBatchSize(batch)
                            .optHeadLearningRate(headRate);
            if (lora != null) {
                builder.optLowRank(LowRankAdaptation.of(lora));
            }
            if (epochs != null) {
                builder.optEpochs(epochs);
            }
            if (rate != null) {
                builder.optLearningRate(rate);
            }
            builder.build();
            return builder;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Reads all files. */
    TextData data(long seed) throws IOException {
        TextFile.Columns columns = new TextFile.Columns(textColumn, labelColumn, !noHeader);
        LabelledTexts training = TextFile.read(train, columns, true).labelled();
        LabelledTexts validation;
        if (valid == null) {
            try {
                List<LabelledTexts> parts = training.split(VALIDATION_PART, seed);
                training = parts.get(0);
                validation = parts.get(1);
            } catch (IllegalArgumentException e) {
                throw new BadData(e, "%s: %s", train, e.getMessage());
            }
        } else {
            validation = TextFile.read(valid, columns, true).labelled(training.classes());
        }
        LabelledTexts measured = TextFile.read(test, columns, true).labelled(training.classes());
        List<String> strange = ood == null ? null : TextFile.read(ood, columns, false).texts();
        return new TextData(training, validation, measured, strange);
    }

    /** Reads the encoder. */
    PretrainedEncoder encoder() throws IOException {
        if ((encoder == null) != (tokenizer == null)) {
            throw new ParameterException(
                    spec.commandLine(), "--encoder and --tokenizer belong together");
        }
        return encoder == null
                ? PretrainedEncoder.ofClassPath(maxLength)
                : PretrainedEncoder.read(encoder, tokenizer, maxLength);
    }

    /** Says how many texts are too long. */
    void tellTruncated(PretrainedEncoder source, TextData data, PrintWriter err) {
        tellTruncated(source, "training", data.training().texts(), err);
        tellTruncated(source, "validation", data.validation().texts(), err);
        tellTruncated(source, "test", data.test().texts(), err);
        if (data.strange() != null) {
            tellTruncated(source, "strange", data.strange(), err);
        }
    }

    private void tellTruncated(
            PretrainedEncoder source, String kind, List<String> texts, PrintWriter err) {
        int truncated = source.tokenizer().encode(texts).truncated().size();
        if (truncated > 0) {
            err.printf(
                    Locale.ROOT,
                    "candor: %,d of %,d %s texts have more than %d tokens, and are cut there%n",
                    truncated,
                    texts.size(),
                    kind,
                    source.tokenizer().maxLength());
        }
    }

    /** What the outcome depends on, in a line. */
    String settings() {
        return String.format(
                Locale.ROOT,
                "%s, %s, %s%s; %s; rates %s and %s%s",
                train.getFileName(),
                valid == null ? "a tenth of it" : valid.getFileName(),
                test.getFileName(),
                ood == null ? "" : ", " + ood.getFileName(),
                schedule(),
                rate == null ? "by default" : rate,
                headRate,
                encoder == null ? "" : ", " + encoder.getFileName());
    }

    /** How training goes, in a phrase. */
    String schedule() {
        String what =
                headOnly
                        ? "the head alone"
                        : lora != null
                                ? "adapters of rank " + lora
                                : freeze > 0 ? "the layers above " + freeze : "all layers";
        return String.format(
                Locale.ROOT,
                "%s, batches of %d, epochs %s, at most %d tokens",
                what,
                batch,
                epochs == null ? "by default" : epochs,
                maxLength);
    }
}
