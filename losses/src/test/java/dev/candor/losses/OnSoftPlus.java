package dev.candor.losses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.loss.Loss;
import dev.candor.internal.Stable;

/** A loss of distances, given {@code softplus(z)} as a smooth stand-in for them. */
final class OnSoftPlus extends Loss {

    private final Loss loss;

    OnSoftPlus(Loss loss) {
        super("OnSoftPlus");
        this.loss = loss;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        NDArray distances = Stable.softPlus(predictions.singletonOrThrow());
        return loss.evaluate(labels, new NDList(distances.neg()));
    }
}
