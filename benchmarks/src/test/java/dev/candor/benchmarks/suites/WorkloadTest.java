package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadTest {

    private static final double FLOAT32_TOLERANCE = 1e-7;

    /** More than one chunk of inputs, and of weights. */
    private static final Workload WIDE =
            new Workload(
                    "wide",
                    new Shape(300),
                    rate ->
                            new SequentialBlock()
                                    .add(Linear.builder().setUnits(250).build())
                                    .add(Linear.builder().setUnits(2).build()));

    private final SeededNumbers numbers = new SeededNumbers(7);

    @Test
    void inputsAreTheSeededNumbersInOrder() {
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] inputs = WIDE.inputs(250, 7, manager).toFloatArray();
            double[] expected = numbers.uniform(5, inputs.length);
            assertThat(inputs).hasSize(75_000);
            for (int i = 0; i < inputs.length; i++) {
                assertThat((double) inputs[i]).isCloseTo(expected[i], within(FLOAT32_TOLERANCE));
            }
        }
    }

    @Test
    void weightsGoOnWhereThoseOfTheLayerBeforeEnd() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = WIDE.block(0, 7);
            block.initialize(manager, DataType.FLOAT32, WIDE.inputs(1));
            List<Parameter> weights =
                    block.getParameters().values().stream()
                            .filter(parameter -> parameter.getName().equals("weight"))
                            .toList();
            float[] second = weights.get(1).getArray().toFloatArray();
            double[] unit = numbers.uniform(6, 75_000, second.length);
            double bound = 1 / Math.sqrt(250);
            for (int i = 0; i < second.length; i++) {
                assertThat((double) second[i])
                        .isCloseTo(bound * (2 * unit[i] - 1), within(FLOAT32_TOLERANCE));
            }
        }
    }

    @Test
    void refusesABatchOfNone() {
        assertThatThrownBy(() -> TrainingSuite.builder().optBatches(List.of(8, 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch = 0, expected at least 1");
        assertThatThrownBy(() -> InferenceSuite.builder().optBatches(List.of(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("batch = -1");
    }
}
