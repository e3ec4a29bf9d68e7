package dev.candor.nd4j;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.candor.internal.Checks;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Hands arrays of ND4J to the calibrators, metrics and reports of this library, and arrays of DJL
 * back to ND4J, in shared memory where their layouts allow it.
 *
 * <pre>{@code
 * Calibrator calibrator = Nd4jBridge.compute(TemperatureScaling::fit, logits, labels);
 * INDArray calibrated = Nd4jBridge.map(calibrator::apply, testLogits);
 * CalibrationReport report = Nd4jBridge.compute(CalibrationReport::of, calibrated, testLabels);
 * }</pre>
 *
 * <p>What is written on one side of shared memory is seen on the other. An array of ND4J is shared
 * if its elements lie in memory row by row without gaps, as those of a whole array in C order and
 * of a slice of its rows do, and if it belongs to no workspace; an array of DJL, if it lies so on
 * the CPU. Others are copied: arrays in Fortran order, transposed or with strides, of a workspace
 * or of another device.
 *
 * <p>The types are float16, float32, float64, int8, uint8, int32, int64 and boolean, each of which
 * is the same on both sides. {@code BFLOAT16}, with which DJL's engine cannot compute, comes over
 * as a copy in float32, and {@code SHORT} as a copy in int32.
 *
 * <p>Labels are class indices here as elsewhere: take {@code labels.argMax(1)} of one-hot rows. Not
 * for ND4J's CUDA backend, nor for arrays of 2 GiB and more, which no buffer of Java can address.
 */
public final class Nd4jBridge {

    /** Holds on to memory as long as an array that lies in it can be reached. */
    private static final Cleaner CLEANER = Cleaner.create();

    private static final Map<org.nd4j.linalg.api.buffer.DataType, DataType> TYPES =
            new EnumMap<>(
                    Map.of(
                            org.nd4j.linalg.api.buffer.DataType.FLOAT16, DataType.FLOAT16,
                            org.nd4j.linalg.api.buffer.DataType.FLOAT, DataType.FLOAT32,
                            org.nd4j.linalg.api.buffer.DataType.DOUBLE, DataType.FLOAT64,
                            org.nd4j.linalg.api.buffer.DataType.INT8, DataType.INT8,
                            org.nd4j.linalg.api.buffer.DataType.UINT8, DataType.UINT8,
                            org.nd4j.linalg.api.buffer.DataType.INT32, DataType.INT32,
                            org.nd4j.linalg.api.buffer.DataType.INT64, DataType.INT64,
                            org.nd4j.linalg.api.buffer.DataType.BOOL, DataType.BOOLEAN));

    private Nd4jBridge() {}

    /** What lets a cleaner hold on to an array of ND4J. */
    private record Owner(INDArray array) implements Runnable {

        @Override
        public void run() {
            // Its memory is ND4J's to free, once nothing refers to it any more.
        }
    }

    /**
     * Computes something from scores and labels, such as a fitted calibrator or a report.
     *
     * @param function what is computed, such as {@code TemperatureScaling::fit} or {@code
     *     CalibrationReport::of}; it must not keep or return the arrays it is given
     * @param scores {@code [N, C]}, logits or what else the function takes
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @param <R> the type of the result
     * @return the result
     * @throws IllegalArgumentException if an array cannot be handed over, or the function refuses
     *     it
     */
    public static <R> R compute(
            BiFunction<? super NDArray, ? super NDArray, ? extends R> function,
            INDArray scores,
            INDArray labels) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return function.apply(toNDArray(scores, manager), toNDArray(labels, manager));
        }
    }

    /**
     * Computes an array from an array, such as calibrated logits.
     *
     * @param function what is computed, such as {@code calibrator::apply}
     * @param array what the function takes
     * @return the result, in memory of its own
     * @throws IllegalArgumentException if an array cannot be handed over, or the function refuses
     *     it
     */
    public static INDArray map(UnaryOperator<NDArray> function, INDArray array) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray taken = toNDArray(array, manager);
            NDArray result = function.apply(taken);
            return toINDArray(liesWithin(taken, result) ? result.duplicate() : result);
        }
    }

    /**
     * Returns an array of DJL with the elements of an array of ND4J.
     *
     * <p>Shared memory lives as long as the returned array is open, even if nothing else refers to
     * the array of ND4J any more; it must not be closed there before. Views of the returned array,
     * such as slices, are not to be used after it is closed.
     *
     * @param array any shape
     * @param manager to which the returned array belongs
     * @return an array of the same shape, {@linkplain #isShared(INDArray) shared} or copied
     * @throws IllegalArgumentException if DJL has no such type, the array is empty or too large, or
     *     ND4J does not compute on the CPU
     */
    public static NDArray toNDArray(INDArray array, NDManager manager) {
        Checks.that(
                Nd4j.getExecutioner().type() == OpExecutioner.ExecutionerType.NATIVE_CPU,
                "ND4J computes by %s, expected %s",
                Nd4j.getExecutioner().type(),
                OpExecutioner.ExecutionerType.NATIVE_CPU);
        Checks.that(!array.isEmpty(), "the array of ND4J is empty");
        INDArray shared = isShared(array) ? array : copy(array);
        DataType type = TYPES.get(shared.dataType());
        long bytes = shared.length() * type.getNumOfBytes();
        Checks.that(
                bytes <= Integer.MAX_VALUE,
                "the array of ND4J holds %d bytes, expected at most %d",
                bytes,
                Integer.MAX_VALUE);
        ByteBuffer memory =
                new BytePointer(shared.data().addressPointer()).capacity(bytes).asByteBuffer();
        CLEANER.register(memory, new Owner(shared));
        return manager.create(memory, new Shape(shared.shape()), type);
    }

    /**
     * Returns an array of ND4J with the elements of an array of DJL.
     *
     * <p>Shared memory lives as long as anything refers to the returned array, even after the array
     * of DJL and its manager are closed. The exception is memory that the engine does not own, that
     * of an array which {@link NDManager#create} made from data of Java or {@link #toNDArray} from
     * an array of ND4J: keep such an array open as long as the returned one is used, or hand over
     * its {@link NDArray#duplicate()}.
     *
     * @param array any shape
     * @return an array of the same shape in C order, shared if the array is contiguous and on the
     *     CPU, else copied
     * @throws IllegalArgumentException if ND4J has no such type, or the array is empty or too large
     */
    public static INDArray toINDArray(NDArray array) {
        org.nd4j.linalg.api.buffer.DataType type = typeOf(array);
        long[] shape = array.getShape().getShape();
        long size = array.size();
        Checks.that(size > 0, "the array of DJL has shape %s, it is empty", array.getShape());
        NDArray handle = handle(array);
        ByteBuffer memory = handle.toByteBuffer(true);
        DataBuffer buffer = Nd4j.createBuffer(new BytePointer(memory), size, type);
        CLEANER.register(buffer, handle::close);
        return Nd4j.create(buffer, shape, strides(shape), 0, 'c', type);
    }

    /**
     * Returns whether {@link #toNDArray} shares the memory of an array with DJL on the CPU.
     *
     * @param array an array of ND4J
     * @return false if it copies
     */
    public static boolean isShared(INDArray array) {
        return TYPES.containsKey(array.dataType())
                && !array.isAttached()
                && isDense(array.shape(), array.stride());
    }

    /** Row by row without gaps; the stride of an axis of length one leads nowhere. */
    private static boolean isDense(long[] shape, long[] strides) {
        long[] dense = strides(shape);
        for (int axis = 0; axis < shape.length; axis++) {
            if (shape[axis] > 1 && strides[axis] != dense[axis]) {
                return false;
            }
        }
        return true;
    }

    private static long[] strides(long[] shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }

    /** Outside of any workspace, in C order, in the narrowest type that holds all values. */
    private static INDArray copy(INDArray array) {
        org.nd4j.linalg.api.buffer.DataType type =
                switch (array.dataType()) {
                    case BFLOAT16 -> org.nd4j.linalg.api.buffer.DataType.FLOAT;
                    case SHORT -> org.nd4j.linalg.api.buffer.DataType.INT32;
                    default -> array.dataType();
                };
        Checks.that(
                TYPES.containsKey(type),
                "the array of ND4J has type %s, expected one of %s",
                type,
                TYPES.keySet());
        return Nd4j.createUninitializedDetached(type, 'c', array.shape()).assign(array);
    }

    private static org.nd4j.linalg.api.buffer.DataType typeOf(NDArray array) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue() == array.getDataType())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                        () ->
                                Checks.illegal(
                                        "the array of DJL has type %s, expected one of %s",
                                        array.getDataType(), TYPES.values()));
    }

    /** The elements row by row, in the same memory if they lie so, apart from any manager. */
    private static NDArray handle(NDArray array) {
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray host = array.stopGradient();
            host.attach(scope);
            NDArray handle = host.toDevice(ai.djl.Device.cpu(), false).flatten();
            handle.detach();
            return handle;
        }
    }

    private static boolean liesWithin(NDArray memory, NDArray part) {
        if (part.getDevice().isGpu() || memory.getDevice().isGpu()) {
            return false;
        }
        try (Pointer whole = new BytePointer(memory.toByteBuffer(true));
                Pointer begin = new BytePointer(part.toByteBuffer(true))) {
            long distance = begin.address() - whole.address();
            return distance >= 0 && distance < whole.capacity();
        }
    }
}
