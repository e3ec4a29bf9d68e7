package dev.candor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.Calibrators;
import dev.candor.calibrators.DirichletCalibration;
import dev.candor.calibrators.EnsembleTemperatureScaling;
import dev.candor.calibrators.HistogramBinning;
import dev.candor.calibrators.IsotonicCalibration;
import dev.candor.calibrators.RegionTemperatureScaling;
import dev.candor.calibrators.SplineCalibration;
import dev.candor.calibrators.StructuredMatrixScaling;
import dev.candor.calibrators.TemperatureScaling;
import dev.candor.calibrators.VectorScaling;
import dev.candor.metrics.CalibrationReport;
import dev.candor.metrics.ExpectedCalibrationError;
import dev.candor.metrics.Predictions;
import java.lang.ref.WeakReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class Nd4jBridgeTest {

    private static final int ROWS = 240;
    private static final int CLASSES = 4;
    private static final int COLLECTIONS = 200;
    private static final long NANOS_BETWEEN_COLLECTIONS = 5_000_000;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Rows 0, 1, 2, ... in float32. */
    private static INDArray counted(long rows, long columns) {
        return Nd4j.arange(rows * columns)
                .castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT)
                .reshape(rows, columns);
    }

    private static INDArray logits() {
        INDArray logits = Nd4j.create(org.nd4j.linalg.api.buffer.DataType.FLOAT, ROWS, CLASSES);
        for (int i = 0; i < ROWS; i++) {
            for (int k = 0; k < CLASSES; k++) {
                logits.putScalar(i, k, 4 * Math.sin(1.7 * i + 2.3 * k + 0.5));
            }
        }
        return logits;
    }

    /** The greatest logit, but for three rows of ten. */
    private static INDArray labels(INDArray logits) {
        INDArray labels = logits.argMax(1);
        for (int i = 0; i < ROWS; i++) {
            if ((7 * i + 3) % 10 < 3) {
                labels.putScalar(i, (labels.getLong(i) + 1 + i % 3) % CLASSES);
            }
        }
        return labels;
    }

    @Test
    void writesOfEitherSideAreSeenOnTheOther() {
        INDArray array = counted(3, 4);
        NDArray shared = Nd4jBridge.toNDArray(array, manager);
        assertThat(shared.getShape()).isEqualTo(new Shape(3, 4));
        array.putScalar(1, 2, -7);
        assertThat(shared.getFloat(1, 2)).isEqualTo(-7);
        shared.muli(2);
        assertThat(array.getFloat(2, 3)).isEqualTo(22);

        NDArray own = manager.arange(12f).reshape(3, 4);
        INDArray other = Nd4jBridge.toINDArray(own);
        assertThat(other.shape()).containsExactly(3, 4);
        own.muli(3);
        assertThat(other.getFloat(2, 3)).isEqualTo(33);
        other.putScalar(0, 1, -5);
        assertThat(own.getFloat(0, 1)).isEqualTo(-5);
    }

    @Test
    void sharesASliceOfRows() {
        INDArray array = counted(6, 4);
        INDArray rows = array.get(NDArrayIndex.interval(2, 5), NDArrayIndex.all());
        NDArray shared = Nd4jBridge.toNDArray(rows, manager);
        assertThat(shared.toFloatArray()).startsWith(8, 9).hasSize(12);
        array.putScalar(4, 3, -1);
        assertThat(shared.getFloat(2, 3)).isEqualTo(-1);
    }

    static Stream<INDArray> scattered() {
        return Stream.of(
                counted(4, 3).transpose(),
                counted(3, 4).dup('f'),
                counted(3, 8).get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 8)),
                counted(3, 8).get(NDArrayIndex.all(), NDArrayIndex.interval(2, 6)));
    }

    @ParameterizedTest
    @MethodSource("scattered")
    void copiesWhatDoesNotLieRowByRow(INDArray array) {
        assertThat(Nd4jBridge.isShared(array)).isFalse();
        NDArray copy = Nd4jBridge.toNDArray(array, manager);
        assertThat(copy.getShape()).isEqualTo(new Shape(array.shape()));
        for (long i = 0; i < array.rows(); i++) {
            for (long k = 0; k < array.columns(); k++) {
                assertThat(copy.getFloat(i, k)).isEqualTo(array.getFloat(i, k));
            }
        }
        array.putScalar(0, 0, -9);
        assertThat(copy.getFloat(0, 0)).isNotEqualTo(-9);
    }

    @Test
    void copiesADjlArrayThatDoesNotLieRowByRow() {
        NDArray transposed = manager.arange(12f).reshape(3, 4).transpose();
        INDArray copy = Nd4jBridge.toINDArray(transposed);
        assertThat(copy.shape()).containsExactly(4, 3);
        assertThat(copy.getFloat(1, 2)).isEqualTo(transposed.getFloat(1, 2)).isEqualTo(9);
    }

    @Test
    void copiesWhatAWorkspaceWillUseAgain() {
        WorkspaceConfiguration size = WorkspaceConfiguration.builder().initialSize(1 << 16).build();
        NDArray copy;
        try (MemoryWorkspace workspace =
                Nd4j.getWorkspaceManager().getAndActivateWorkspace(size, "bridge")) {
            INDArray array = counted(3, 4).addi(1);
            assertThat(array.isAttached()).isTrue();
            assertThat(workspace.getId()).isEqualTo("bridge");
            copy = Nd4jBridge.toNDArray(array, manager);
            array.assign(-1);
        }
        assertThat(copy.sum().getFloat()).isEqualTo(78);
    }

    @Test
    void keepsTheMemoryOfNd4jAsLongAsTheArrayOfDjlIsOpen() {
        INDArray array = counted(100, 100);
        WeakReference<INDArray> owner = new WeakReference<>(array);
        NDArray shared = Nd4jBridge.toNDArray(array, manager);
        array = null;
        collect();
        assertThat(owner.get()).isNotNull();
        assertThat(shared.sum().toType(DataType.FLOAT64, false).getDouble()).isEqualTo(49_995_000);

        shared.close();
        for (int i = 0; i < COLLECTIONS && owner.get() != null; i++) {
            collect();
        }
        assertThat(owner.get()).isNull();
    }

    @Test
    void keepsTheMemoryOfDjlAfterItsManagerIsClosed() {
        INDArray other;
        try (NDManager scope = manager.newSubManager()) {
            other = Nd4jBridge.toINDArray(scope.arange(10_000f).reshape(100, 100));
        }
        collect();
        for (int i = 0; i < 50; i++) {
            try (NDArray overwriting = manager.full(new Shape(100, 100), -1f)) {
                assertThat(overwriting.getFloat(0, 0)).isEqualTo(-1);
            }
        }
        for (int i = 0; i < 100; i++) {
            assertThat(other.getFloat(i, i)).isEqualTo(101 * i);
        }
    }

    private static void collect() {
        WeakReference<Object> canary = new WeakReference<>(new Object());
        while (canary.get() != null) {
            System.gc();
        }
        LockSupport.parkNanos(NANOS_BETWEEN_COLLECTIONS);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"FLOAT16", "FLOAT32", "FLOAT64", "INT8", "UINT8", "INT32", "INT64", "BOOLEAN"})
    void sharesEachTypeInBothDirections(DataType type) {
        NDArray array = manager.arange(6f).reshape(2, 3).gt(2).toType(type, true);
        INDArray there = Nd4jBridge.toINDArray(array);
        assertThat(there.getDouble(0, 2)).isZero();
        assertThat(there.getDouble(1, 0)).isEqualTo(1);
        NDArray back = Nd4jBridge.toNDArray(there, manager);
        assertThat(back).isEqualTo(array);
        there.putScalar(0, 0, 1);
        assertThat(back.toType(DataType.INT32, true).getInt(0, 0)).isEqualTo(1);
        assertThat(array.toType(DataType.INT32, true).getInt(0, 0)).isEqualTo(1);
    }

    @Test
    void widensTypesThatDjlDoesNotCompute() {
        NDArray halves =
                Nd4jBridge.toNDArray(
                        counted(2, 3).castTo(org.nd4j.linalg.api.buffer.DataType.BFLOAT16),
                        manager);
        assertThat(halves.getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(halves.toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
        NDArray shorts =
                Nd4jBridge.toNDArray(
                        counted(2, 3).castTo(org.nd4j.linalg.api.buffer.DataType.INT16), manager);
        assertThat(shorts.toIntArray()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void handsOverASingleNumber() {
        assertThat(Nd4jBridge.toNDArray(Nd4j.scalar(2.5), manager).getDouble()).isEqualTo(2.5);
        assertThat(Nd4jBridge.toINDArray(manager.create(2.5)).getDouble()).isEqualTo(2.5);
    }

    @Test
    void refusesWhatTheOtherSideDoesNotKnow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Nd4jBridge.toNDArray(Nd4j.create("one", "two"), manager))
                .withMessageContaining("UTF8");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                Nd4jBridge.toNDArray(
                                        Nd4j.empty(org.nd4j.linalg.api.buffer.DataType.FLOAT),
                                        manager))
                .withMessage("the array of ND4J is empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Nd4jBridge.toINDArray(manager.create(new Shape(0, 3))))
                .withMessage("the array of DJL has shape (0, 3), it is empty");
    }

    static Stream<BiFunction<NDArray, NDArray, Calibrator>> methods() {
        return Stream.of(
                TemperatureScaling::fit,
                VectorScaling::fit,
                DirichletCalibration::fit,
                StructuredMatrixScaling::fit,
                EnsembleTemperatureScaling::fit,
                RegionTemperatureScaling::fit,
                IsotonicCalibration::fit,
                HistogramBinning::fit,
                SplineCalibration::fit,
                Calibrators::best);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void calibratesToTheLastBitAsOnArraysOfDjl(BiFunction<NDArray, NDArray, Calibrator> method) {
        INDArray logits = logits();
        INDArray labels = labels(logits);
        Calibrator calibrator = Nd4jBridge.compute(method, logits, labels);
        INDArray calibrated = Nd4jBridge.map(calibrator::apply, logits);

        NDArray z = manager.create(logits.data().asFloat(), new Shape(ROWS, CLASSES));
        NDArray y = manager.create(labels.toLongVector());
        NDArray expected = method.apply(z, y).apply(z);
        assertThat(calibrated.dup().data().asFloat()).containsExactly(expected.toFloatArray());
    }

    @Test
    void measuresAndReports() {
        INDArray logits = logits();
        INDArray labels = labels(logits);
        NDArray z = manager.create(logits.data().asFloat(), new Shape(ROWS, CLASSES));
        NDArray y = manager.create(labels.toLongVector());
        CalibrationReport report = Nd4jBridge.compute(CalibrationReport::of, logits, labels);
        assertThat(report.ece()).isEqualTo(CalibrationReport.of(z, y).ece()).isPositive();
        double ece =
                Nd4jBridge.compute(
                        (scores, classes) ->
                                ExpectedCalibrationError.of(15)
                                        .measure(Predictions.ofLogits(scores, classes).topLabel()),
                        logits,
                        labels);
        assertThat(ece).isEqualTo(report.ece());
    }

    @Test
    void returnsMemoryOfItsOwnEvenIfNothingIsComputed() {
        INDArray logits = logits();
        INDArray same = Nd4jBridge.map(z -> z.reshape(CLASSES, ROWS), logits);
        logits.assign(-3);
        assertThat(same.getFloat(0, 0)).isNotEqualTo(-3);
    }

    @Test
    void refusesAsTheMethodDoes() {
        INDArray labels = Nd4j.createFromArray(0L, 1L, 9L);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Nd4jBridge.compute(TemperatureScaling::fit, counted(3, 4), labels))
                .withMessageContaining("labels[2] = 9, expected 0..3");
    }
}
