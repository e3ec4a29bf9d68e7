package dev.candor.calibrators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ScalingBinningTest extends ProbabilityContract {

    /** The published code ends its logistic regression early. */
    private static final double EARLY_END_TOLERANCE = 3e-4;

    @Override
    ScalingBinning fit(NDArray logits, NDArray labels) {
        return ScalingBinning.fit(logits, labels);
    }

    @Override
    boolean hasGradient() {
        return false;
    }

    @Override
    Calibrator other() {
        return fit(DataSets.random(99, 50, CLASSES));
    }

    private ScalingBinning golden() {
        return ScalingBinning.builder()
                .optLaplaceSmoothing(false)
                .optBins(4)
                .optReuse(true)
                .fit(binaryLogits(BINARY), binaryLabels());
    }

    private double[] goldenOutputs() {
        return binary(golden(), BINARY[0], BINARY[5], BINARY[10], BINARY[15], BINARY[19]);
    }

    /** Expected values: verified_calibration, commit ee81c34. */
    @Test
    void agreesWithThePublishedCodeThatEndsEarly() {
        assertThat(goldenOutputs())
                .containsExactly(
                        new double[] {
                            .2383056990, .4187666400, .5609566236, .7821990854, .7821990854
                        },
                        within(EARLY_END_TOLERANCE));
    }

    /** Expected values: scipy 1.17.1, the same steps with the logistic regression at its end. */
    @Test
    void reproducesTheGoldenFit() {
        assertThat(goldenOutputs())
                .containsExactly(
                        new double[] {.238220284, .418685872, .560901513, .782192348, .782192348},
                        within(1e-8));
    }

    @Test
    void theEdgesAreThoseOfTheCurve() {
        double[] edges = golden().summary().parameters().get("thresholds");
        double[] curve =
                Arrays.stream(edges, 0, 3)
                        .map(p -> .6455942698 * Math.log(p / (1 - p)) - .0587985938)
                        .map(logit -> 1 / (1 + Math.exp(-logit)))
                        .toArray();
        assertThat(curve)
                .containsExactly(
                        new double[] {.3458055231, .4853143881, .6539800915}, within(1e-7));
    }

    @Test
    void thePartsDependOnTheSeedAlone() {
        DataSets data = DataSets.random(61, 300, 3);
        double[] first = seeded(data, 1);
        assertThat(seeded(data, 1)).containsExactly(first);
        assertThat(seeded(data, 2)).isNotEqualTo(first);
    }

    private double[] seeded(DataSets data, long seed) {
        NDArray logits = logits(data);
        return values(
                ScalingBinning.builder()
                        .optLaplaceSmoothing(false)
                        .optSeed(seed)
                        .fit(logits, labels(data))
                        .apply(logits));
    }

    @Test
    void refusesLessThanOneBin() {
        assertThatThrownBy(() -> ScalingBinning.builder().optBins(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bins = 0, expected at least 1");
    }
}
