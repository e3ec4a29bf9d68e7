package dev.candor.calibrators.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Adam for one vector, which it changes in place. Memory belongs to the manager of the vector.
 *
 * <p>Source: Kingma and Ba, <i>Adam: A Method for Stochastic Optimization</i>, ICLR 2015,
 * arXiv:1412.6980, algorithm 1.
 */
public final class Adam {

    private static final double FIRST_DECAY = 0.9;
    private static final double SECOND_DECAY = 0.999;
    private static final double EPSILON = 1e-8;

    private final NDArray vector;
    private final NDArray first;
    private final NDArray second;
    private final double learningRate;
    private final double weightDecay;
    private int steps;

    /**
     * Begins.
     *
     * @param vector what is changed
     * @param learningRate above 0
     * @param weightDecay is times the vector added to its gradient
     */
    public Adam(NDArray vector, double learningRate, double weightDecay) {
        this.vector = vector;
        this.first = vector.zerosLike();
        this.second = vector.zerosLike();
        this.learningRate = learningRate;
        this.weightDecay = weightDecay;
    }

    /** Takes a step against a gradient, which it changes. */
    public void step(NDArray gradient) {
        steps++;
        try (NDManager scope = gradient.getManager().newSubManager()) {
            scope.tempAttachAll(gradient, vector, first, second);
            if (weightDecay > 0) {
                gradient.addi(vector.mul(weightDecay));
            }
            first.muli(FIRST_DECAY).addi(gradient.mul(1 - FIRST_DECAY));
            second.muli(SECOND_DECAY).addi(gradient.square().mul(1 - SECOND_DECAY));
            double rate = learningRate / (1 - Math.pow(FIRST_DECAY, steps));
            double scale = 1 / Math.sqrt(1 - Math.pow(SECOND_DECAY, steps));
            vector.subi(first.mul(rate).div(second.sqrt().mul(scale).add(EPSILON)));
        }
    }
}
