package dev.candor.losses;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Collects garbage and writes over the native memory that it frees. */
final class Garbage {

    private static final long NANOS_TO_FREE_BUFFERS = 20_000_000;
    private static final int[] SIZES = {8, 32, 64, 128, 256};
    private static final int BUFFERS = 500;
    private static final double NONSENSE = -777;

    private Garbage() {}

    static void overwrite() {
        WeakReference<Object> canary = new WeakReference<>(new Object());
        while (canary.get() != null) {
            System.gc();
        }
        LockSupport.parkNanos(NANOS_TO_FREE_BUFFERS);
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int size : SIZES) {
            for (int i = 0; i < BUFFERS; i++) {
                ByteBuffer buffer = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
                while (buffer.hasRemaining()) {
                    buffer.putDouble(NONSENSE);
                }
                buffers.add(buffer);
            }
        }
    }
}
