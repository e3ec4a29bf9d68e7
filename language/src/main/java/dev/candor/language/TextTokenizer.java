package dev.candor.language;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.candor.internal.Checks;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Turns texts into token ids by a {@code tokenizer.json} of Hugging Face's library, one list of ids
 * for each text, without padding. Longer texts are cut at the maximum length, and counted.
 */
public final class TextTokenizer implements AutoCloseable {

    /** The start and the end of a text. */
    private static final int MARKS = 2;

    private final byte[] definition;
    private final HuggingFaceTokenizer tokenizer;
    private final int maxLength;

    private TextTokenizer(byte[] definition, HuggingFaceTokenizer tokenizer, int maxLength) {
        this.definition = definition;
        this.tokenizer = tokenizer;
        this.maxLength = maxLength;
    }

    /**
     * Reads a tokenizer.
     *
     * @param stream the content of a {@code tokenizer.json}
     * @param maxLength the largest number of tokens of a text, its start and end included; at least
     *     3
     * @return the tokenizer
     * @throws IOException if the stream cannot be read
     */
    public static TextTokenizer read(InputStream stream, int maxLength) throws IOException {
        Checks.atLeast("maxLength", maxLength, MARKS + 1);
        byte[] definition = stream.readAllBytes();
        Map<String, String> options =
                Map.of(
                        "padding",
                        "false",
                        "truncation",
                        "true",
                        "maxLength",
                        Integer.toString(maxLength),
                        "modelMaxLength",
                        Integer.toString(maxLength));
        HuggingFaceTokenizer tokenizer =
                HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(definition), options);
        return new TextTokenizer(definition, tokenizer, maxLength);
    }

    /**
     * Returns the largest number of tokens of a text.
     *
     * @return the number, start and end included
     */
    public int maxLength() {
        return maxLength;
    }

    /** The content of the {@code tokenizer.json}. */
    byte[] definition() {
        return definition;
    }

    /**
     * Tokenizes texts.
     *
     * @param texts the texts, none of them empty
     * @return their tokens, in the same order
     * @throws IllegalArgumentException if a text is empty, blank, or has no token
     */
    public TokenizedTexts encode(List<String> texts) {
        for (int i = 0; i < texts.size(); i++) {
            Checks.that(!texts.get(i).isBlank(), "texts[%d] is empty", i);
        }
        List<long[]> ids = new ArrayList<>(texts.size());
        List<Integer> truncated = new ArrayList<>();
        for (Encoding encoding : texts.isEmpty() ? new Encoding[0] : tokenizer.batchEncode(texts)) {
            if (encoding.exceedMaxLength()) {
                truncated.add(ids.size());
            }
            Checks.that(
                    encoding.getIds().length > MARKS,
                    "texts[%d] = '%s' has no token",
                    ids.size(),
                    texts.get(ids.size()));
            ids.add(encoding.getIds());
        }
        return new TokenizedTexts(ids, truncated);
    }

    /** Frees the native tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
