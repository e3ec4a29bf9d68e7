package dev.candor.language;

import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tokenizes texts; a batch is padded to its longest. */
final class TextTranslator implements Translator<String, NDList> {

    private static final Logger LOGGER = LoggerFactory.getLogger(TextTranslator.class);

    private final TextTokenizer tokenizer;

    TextTranslator(TextTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public Batchifier getBatchifier() {
        return Batchifier.STACK;
    }

    @Override
    public NDList processInput(TranslatorContext context, String text) {
        NDList batch = batchProcessInput(context, List.of(text));
        return new NDList(batch.get(0).get(0), batch.get(1).get(0));
    }

    @Override
    public NDList batchProcessInput(TranslatorContext context, List<String> texts) {
        TokenizedTexts tokens = tokenizer.encode(texts);
        if (!tokens.truncated().isEmpty()) {
            LOGGER.warn(
                    "{} of {} texts have more than {} tokens, and are cut there",
                    tokens.truncated().size(),
                    texts.size(),
                    tokenizer.maxLength());
        }
        return PaddedTexts.of(context.getNDManager(), tokens.ids());
    }

    @Override
    public NDList processOutput(TranslatorContext context, NDList outputs) {
        return outputs;
    }
}
