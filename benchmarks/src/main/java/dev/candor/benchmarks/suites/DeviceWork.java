package dev.candor.benchmarks.suites;

import ai.djl.ndarray.NDArray;

/** Work that a device may still be at when the program goes on. */
final class DeviceWork {

    private DeviceWork() {}

    /** Waits on a GPU for a result, and for all that was asked of it before: reads one value. */
    static void await(NDArray result) {
        if (result.getDevice().isGpu()) {
            try (NDArray values = result.flatten();
                    NDArray first = values.get(0)) {
                first.toByteBuffer();
            }
        }
    }
}
