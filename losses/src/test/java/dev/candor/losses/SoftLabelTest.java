package dev.candor.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import com.google.gson.Gson;
import dev.candor.losses.DiceLoss.Form;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Labels that are distributions, mixed and smoothed ones, where the formula takes them. */
class SoftLabelTest {

    private static final Golden GOLDEN = Golden.read();

    private static final Map<String, Loss> LOSSES =
            Map.ofEntries(
                    Map.entry("CrossEntropyLoss", CrossEntropyLoss.of()),
                    Map.entry(
                            "CrossEntropyLoss weights=0.5,2,3",
                            CrossEntropyLoss.builder().optClassWeights(0.5f, 2, 3).build()),
                    Map.entry("LabelSmoothingLoss", LabelSmoothingLoss.of()),
                    Map.entry("MarginLabelSmoothingLoss m=1", MarginLabelSmoothingLoss.of(1)),
                    Map.entry("AclsLoss m=1", AclsLoss.of(1)),
                    Map.entry("ConfidencePenalty", ConfidencePenalty.of()),
                    Map.entry("LogitNormLoss", LogitNormLoss.of()),
                    Map.entry("BrierLoss", BrierLoss.of()),
                    Map.entry("SquentropyLoss", SquentropyLoss.of()),
                    Map.entry("OneVsAllLoss", OneVsAllLoss.of()),
                    Map.entry(
                            "OneVsAllDistanceLoss on d=softplus(z)",
                            new OnSoftPlus(OneVsAllDistanceLoss.of())),
                    Map.entry(
                            "DistinctionMaximizationLoss alpha=10",
                            DistinctionMaximizationLoss.of(10)),
                    Map.entry("DiceLoss self-adjusting alpha=0.01 s=1", DiceLoss.of()),
                    Map.entry(
                            "DiceLoss linear alpha=0.01 s=1",
                            DiceLoss.builder().optForm(Form.LINEAR).build()),
                    Map.entry(
                            "DiceLoss soft s=1",
                            DiceLoss.builder().optForm(Form.SOFT_DICE).build()),
                    Map.entry("OnManifoldLoss", OnManifoldLoss.of()));

    static Stream<String> names() {
        return LOSSES.keySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    void reproducesTheGoldenValueAndGradient(String name) {
        Row row = GOLDEN.losses.get(name);
        LossProbe probe = probe(LOSSES.get(name), DataType.FLOAT64);
        assertThat(probe.value()).isCloseTo(row.value, row.within(LossContract.FLOAT64_TOLERANCE));
        assertThat(probe.gradient())
                .containsExactly(row.gradient, within(LossContract.FLOAT64_TOLERANCE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    void reproducesTheGoldenValueInFloat32(String name) {
        Row row = GOLDEN.losses.get(name);
        assertThat(probe(LOSSES.get(name), DataType.FLOAT32).value())
                .isCloseTo(row.value, row.within(LossContract.FLOAT32_TOLERANCE));
    }

    @Test
    void everyGoldenRowHasItsLoss() {
        assertThat(LOSSES).containsOnlyKeys(GOLDEN.losses.keySet());
    }

    private static LossProbe probe(Loss loss, DataType type) {
        Shape shape = new Shape(GOLDEN.labels.length, GOLDEN.labels[0].length);
        return LossProbe.of(
                loss,
                LossProbe.flat(GOLDEN.logits),
                shape,
                type,
                manager -> manager.create(LossProbe.flat(GOLDEN.labels), shape));
    }

    private record Golden(
            String source, double[][] logits, double[][] labels, Map<String, Row> losses) {

        static Golden read() {
            try (Reader reader =
                    new InputStreamReader(
                            Golden.class.getResourceAsStream("/golden/soft-labels.json"),
                            StandardCharsets.UTF_8)) {
                return new Gson().fromJson(reader, Golden.class);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private record Row(double value, double[] gradient) {

        Offset<Double> within(double tolerance) {
            return Offset.offset(tolerance * Math.max(1, Math.abs(value)));
        }
    }
}
