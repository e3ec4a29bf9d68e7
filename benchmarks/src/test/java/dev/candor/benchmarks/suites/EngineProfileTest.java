package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.google.gson.JsonParser;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class EngineProfileTest {

    private static final long MATRIX_BYTES = 4_000_000;

    /** Half a unit of the last digit: the profiler writes 3.81 Mb. */
    private static final long ROUNDING = 5243;

    private static EngineProfile profile(UnaryOperator<NDArray> work) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray matrix = manager.ones(new Shape(1000, 1000));
            return EngineProfile.of(Device.cpu(), () -> work.apply(matrix).close());
        }
    }

    @Test
    void anExponentialIsOneCallThatTakesItsResult() {
        EngineProfile profile = profile(NDArray::exp);
        assertThat(profile.calls()).isOne();
        assertThat(profile.operators()).isOne();
        assertThat(profile.bytes()).isCloseTo(MATRIX_BYTES, within(ROUNDING));
        assertThat(profile.hostReads()).isZero();
        assertThat(profile.costliest())
                .singleElement()
                .satisfies(operator -> assertThat(operator.name()).isEqualTo("aten::exp"))
                .satisfies(operator -> assertThat(operator.microseconds()).isPositive());
    }

    @Test
    void memoryIsCountedOnceHoweverDeepItIsTaken() {
        EngineProfile profile = profile(matrix -> matrix.toType(DataType.FLOAT64, true));
        assertThat(profile.calls()).isOne();
        assertThat(profile.operators()).as("to, _to_copy, empty_strided, copy_").isEqualTo(4);
        assertThat(profile.bytes()).isCloseTo(2 * MATRIX_BYTES, within(2 * ROUNDING));
    }

    @Test
    void whatTheEngineCallsForAGradientIsToldApart() {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray leaf = manager.ones(new Shape(1000, 1000));
            leaf.setRequiresGradient(true);
            EngineProfile profile =
                    EngineProfile.of(
                            Device.cpu(),
                            () -> {
                                try (NDArray values = leaf.exp();
                                        NDArray sum = values.sum()) {
                                    collector.backward(sum);
                                }
                            });
            assertThat(profile.calls() - profile.backwardCalls())
                    .as("exp, sum, and ones to start from")
                    .isEqualTo(3);
            assertThat(profile.backwardCalls())
                    .as("expand of the sum, mul of exp, add to the gradient")
                    .isEqualTo(3);
            assertThat(profile.bytes()).isCloseTo(2 * MATRIX_BYTES, within(2 * ROUNDING));
            assertThat(profile.hostReads()).isZero();
        }
    }

    @Test
    void selectionsByAMaskMakeTheHostWait() {
        assertThat(profile(NDArray::nonzero).hostReads()).isOne();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray mask = manager.ones(new Shape(1000, 1000), DataType.BOOLEAN);
            assertThat(profile(matrix -> matrix.booleanMask(mask)).hostReads()).isOne();
            assertThat(profile(matrix -> matrix.get(mask)).hostReads()).isOne();
        }
    }

    @Test
    void aPlainReadOnTheCpuCallsNothing() {
        EngineProfile profile =
                profile(
                        matrix -> {
                            matrix.toFloatArray();
                            return matrix.duplicate();
                        });
        assertThat(profile.calls()).as("duplicate").isOne();
        assertThat(profile.hostReads()).isZero();
    }

    @Test
    void theNextProfileStartsAfterWorkThatFailed() {
        assertThatThrownBy(
                        () ->
                                EngineProfile.once(
                                        Device.cpu(),
                                        () -> {
                                            throw new IllegalStateException("no luck");
                                        }))
                .hasMessage("no luck");
        assertThat(profile(NDArray::exp).calls()).isOne();
    }

    /**
     * As the engine writes it: ends in order, here with a copy from a GPU that an operator asks.
     */
    @Test
    void countsCopiesToTheHostOnAGpu() {
        String trace =
                """
                [{"name": "aten::empty_strided", "ts": 3, "dur": 1, "tid": 1, "cpu mem": "4 b"},
                 {"name": "cudaMemcpyAsync DtoH", "ts": 4, "dur": 1, "tid": 1, "cpu mem": "0 b"},
                 {"name": "aten::_to_copy", "ts": 2, "dur": 5, "tid": 1, "cpu mem": "4 b"},
                 {"name": "aten::to", "ts": 1, "dur": 8, "tid": 1, "cpu mem": "4 b"},
                 {"name": "aten::mul", "ts": 2, "dur": 1, "tid": 2, "cpu mem": "0 b"},
                 {"name": "autograd::engine::evaluate_function: MulBackward0",
                  "ts": 1, "dur": 4, "tid": 2, "cpu mem": "0 b"}]
                """;
        EngineProfile gpu =
                EngineProfile.read(JsonParser.parseString(trace).getAsJsonArray(), true);
        assertThat(gpu.hostReads()).isOne();
        assertThat(gpu.calls()).isEqualTo(2);
        assertThat(gpu.backwardCalls()).isOne();
        assertThat(gpu.bytes()).as("not told").isEqualTo(-1);
        EngineProfile cpu =
                EngineProfile.read(JsonParser.parseString(trace).getAsJsonArray(), false);
        assertThat(cpu.hostReads()).isZero();
        assertThat(cpu.bytes()).isEqualTo(4);
    }

    @Test
    void addsUpTheMemoryOfTheDeviceWhereTheTraceTellsIt() {
        String trace =
                """
                [{"name": "aten::exp", "ts": 1, "dur": 1, "tid": 1,
                  "cpu mem": "0 b", "cuda mem": "2.50 Gb"}]
                """;
        assertThat(EngineProfile.read(JsonParser.parseString(trace).getAsJsonArray(), true).bytes())
                .isEqualTo(5L << 29);
    }
}
