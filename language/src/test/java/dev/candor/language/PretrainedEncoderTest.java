package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PretrainedEncoderTest {

    private static final int MAX_LENGTH = 128;
    private static final double TOLERANCE = 1e-4;

    private static PretrainedEncoder encoder;

    @BeforeAll
    static void read() throws IOException {
        encoder = PretrainedEncoder.ofClassPath(MAX_LENGTH);
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    @Test
    void embedsAsOnnxRuntimeDoes() throws Exception {
        List<String> texts = MadeUpTexts.ofAllLengths(100, 7);
        List<long[]> ids = encoder.tokenizer().encode(texts).ids();
        float[][] vectors = encoder.vectors(texts, null);
        double largest = 0;
        try (OnnxOracle oracle = OnnxOracle.ofClassPath()) {
            for (int i = 0; i < texts.size(); i++) {
                float[] expected = oracle.embed(ids.get(i));
                assertThat(vectors[i]).hasSameSizeAs(expected);
                for (int k = 0; k < expected.length; k++) {
                    largest = Math.max(largest, Math.abs(vectors[i][k] - expected[k]));
                }
            }
        }
        assertThat(ids.stream().mapToInt(text -> text.length).distinct().count()).isGreaterThan(20);
        assertThat(largest).isLessThan(TOLERANCE).isPositive();
    }

    @Test
    void embedsATextAloneAsAmongLongerOnes() throws IOException {
        String text = "a storm";
        float[] among = encoder.vectors(List.of(text, "what about a storm in the city"), null)[0];
        try (PretrainedEncoder other = PretrainedEncoder.ofClassPath(MAX_LENGTH)) {
            float[] alone = other.vectors(List.of(text), null)[0];
            for (int k = 0; k < alone.length; k++) {
                assertThat(among[k]).isCloseTo(alone[k], within((float) TOLERANCE));
            }
        }
    }

    @Test
    void knowsItsSizes() {
        assertThat(encoder.encoder().sizes())
                .isEqualTo(new EncoderConfiguration(30522, 512, 384, 1536, 6, 12));
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(encoder.embed(manager, List.of("fog", "rain")).getShape())
                    .isEqualTo(new Shape(2, 384));
        }
    }

    @Test
    void cutsATextPastTheMaximumLengthAndSaysSo() throws IOException {
        String text = "rain ".repeat(500);
        TokenizedTexts tokens = encoder.tokenizer().encode(List.of("rain", text));
        assertThat(tokens.ids().get(0)).hasSize(3);
        assertThat(tokens.ids().get(1)).hasSize(MAX_LENGTH);
        assertThat(Arrays.stream(tokens.ids().get(1)).boxed().toList()).endsWith(102L);
        assertThat(tokens.truncated()).containsExactly(1);
    }

    @Test
    void refusesAnEmptyText() {
        assertThatThrownBy(() -> encoder.vectors(List.of("rain", " \t"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("texts[1] is empty");
        assertThatThrownBy(() -> encoder.vectors(List.of("rain", "\u0001"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no token");
        assertThatThrownBy(() -> encoder.vectors(List.of(), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there are no texts, expected at least one");
    }

    @Test
    void refusesMoreTokensThanTheEncoderHasPositions() {
        assertThatThrownBy(() -> PretrainedEncoder.ofClassPath(513))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxLength = 513, expected at most 512");
    }
}
