package dev.candor.benchmarks.losses;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/** The number of threads with which the engine computes one operation. */
final class EngineThreads {

    private EngineThreads() {}

    static void set(int threads) {
        Engine.getInstance();
        JniUtils.setNumThreads(threads);
    }
}
