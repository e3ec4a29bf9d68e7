package dev.candor.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LowRankAdaptationTest {

    private static final float TOLERANCE = 1e-5f;
    private static final List<String> TEXTS = List.of("about rain", "find a band please");

    private static PretrainedEncoder source;

    @BeforeAll
    static void create() throws IOException {
        source = TinyEncoder.create();
    }

    @AfterAll
    static void close() {
        source.close();
    }

    private static float[] states(TransformerEncoder encoder) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDList inputs = PaddedTexts.of(manager, source.tokenizer().encode(TEXTS).ids());
            return encoder.forward(new ParameterStore(manager, false), inputs, false)
                    .head()
                    .toFloatArray();
        }
    }

    @Test
    void changesNothingAtFirst() {
        try (NDManager manager = NDManager.newBaseManager()) {
            TransformerEncoder adapted = source.encoder().copy(manager, 0);
            LowRankAdaptation all =
                    LowRankAdaptation.builder()
                            .optRank(3)
                            .optMatrices(WeightMatrix.values())
                            .build();
            adapted.adapt(all, 0, manager);
            assertThat(states(adapted)).containsExactly(states(source.encoder()));
            // Two matrices beside each of six, in each layer; nothing else has a gradient.
            assertThat(
                            adapted.getParameters().values().stream()
                                    .filter(Parameter::requiresGradient))
                    .hasSize(2 * 6 * TinyEncoder.LAYERS);
        }
    }

    @Test
    void answersTheSameOnceMerged() {
        try (NDManager manager = NDManager.newBaseManager()) {
            TransformerEncoder adapted = source.encoder().copy(manager, 0);
            adapted.adapt(LowRankAdaptation.of(4), 0, manager);
            adapted.getParameters()
                    .forEach(
                            pair -> {
                                if (pair.getKey().endsWith("up")) {
                                    NDArray up = pair.getValue().getArray();
                                    up.setRequiresGradient(false);
                                    up.addi(manager.randomNormal(up.getShape()));
                                }
                            });
            float[] before = states(adapted);
            adapted.merge();
            float[] after = states(adapted);
            assertThat(after).containsExactly(before, within(TOLERANCE));
            assertThat(after).isNotEqualTo(states(source.encoder()));
            assertThat(adapted.getParameters().keys())
                    .containsExactlyElementsOf(source.encoder().getParameters().keys());
        }
    }

    @Test
    void scalesByAlphaOverRank() {
        try (NDManager manager = NDManager.newBaseManager()) {
            TransformerEncoder adapted = source.encoder().copy(manager, 0);
            LowRankAdaptation adaptation =
                    LowRankAdaptation.builder()
                            .optRank(2)
                            .optAlpha(6)
                            .optMatrices(WeightMatrix.EXPANSION)
                            .build();
            adapted.adapt(adaptation, 1, manager);
            Projection projection = adapted.layers().get(1).projection(WeightMatrix.EXPANSION);
            projection.getDirectParameters().get("up").getArray().setRequiresGradient(false);
            projection.getDirectParameters().get("up").getArray().addi(1);
            NDArray down = projection.getDirectParameters().get("down").getArray();
            float[] expected =
                    projection
                            .weight()
                            .getArray()
                            .add(down.stopGradient().sum(new int[] {0}, true).mul(3))
                            .toFloatArray();
            projection.merge();
            assertThat(projection.weight().getArray().toFloatArray())
                    .containsExactly(expected, within(TOLERANCE));
        }
    }

    @Test
    void adaptsQueriesAndValuesByDefault() {
        LowRankAdaptation adaptation = LowRankAdaptation.builder().build();
        assertThat(adaptation.rank()).isEqualTo(8);
        assertThat(adaptation.alpha()).isEqualTo(16);
        assertThat(adaptation.matrices())
                .containsExactlyInAnyOrder(WeightMatrix.QUERY, WeightMatrix.VALUE);
    }

    @Test
    void refusesOptionsOutOfRange() {
        assertThatThrownBy(() -> LowRankAdaptation.of(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rank = 0, expected at least 1");
        assertThatThrownBy(() -> LowRankAdaptation.builder().optAlpha(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("alpha = 0.0, expected a finite value > 0");
        assertThatThrownBy(() -> LowRankAdaptation.builder().optMatrices())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no matrices, expected at least one to adapt");
    }
}
