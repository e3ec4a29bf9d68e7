package dev.candor.training;

import ai.djl.training.Trainer;
import java.util.concurrent.atomic.AtomicReference;

/** Looks for listeners that work together. */
final class Listeners {

    private Listeners() {}

    /** The first listener of this type among those of a trainer; null if there is none. */
    static <T> T find(Trainer trainer, Class<T> type) {
        AtomicReference<T> found = new AtomicReference<>();
        trainer.notifyListeners(
                listener -> {
                    if (type.isInstance(listener)) {
                        found.compareAndSet(null, type.cast(listener));
                    }
                });
        return found.get();
    }
}
