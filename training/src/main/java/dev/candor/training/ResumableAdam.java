package dev.candor.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import dev.candor.internal.Checks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Adam, whose state {@link BestCheckpoint} can save: DJL's own keeps its moments to itself.
 *
 * <pre>
 *   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *   w = w - rate sqrt(1 - beta2^t) / (1 - beta1^t)  m / (sqrt(v) + epsilon)
 * </pre>
 *
 * <p>Takes the same steps, to the last bit, as {@code Optimizer.adam()} on one device. With several
 * devices a step counts once, where DJL's counts one for each device.
 *
 * <p>Source: Kingma and Ba, <i>Adam: A Method for Stochastic Optimization</i>, ICLR 2015,
 * arXiv:1412.6980.
 */
public final class ResumableAdam extends Optimizer {

    private static final String MEAN = "mean:";
    private static final String VARIANCE = "variance:";

    private final ParameterTracker learningRate;
    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final Map<Place, State> states = new ConcurrentHashMap<>();
    private int updatesBefore;

    private ResumableAdam(Builder builder) {
        super(builder);
        this.learningRate = builder.learningRate;
        this.beta1 = builder.beta1;
        this.beta2 = builder.beta2;
        this.epsilon = builder.epsilon;
    }

    /**
     * Returns Adam with learning rate 0.001.
     *
     * @return the optimizer
     */
    public static ResumableAdam of() {
        return builder().build();
    }

    /**
     * Returns Adam with a fixed learning rate.
     *
     * @param learningRate finite and above 0
     * @return the optimizer
     */
    public static ResumableAdam of(float learningRate) {
        Checks.positive("learningRate", learningRate);
        return builder().optLearningRateTracker(Tracker.fixed(learningRate)).build();
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        Place place = new Place(parameterId, weight.getDevice());
        State state = states.computeIfAbsent(place, k -> newState(weight));
        int step = ++state.steps;
        float rate = learningRate.getNewValue(parameterId, step);
        double correction = Math.sqrt(1.0 - Math.pow(beta2, step)) / (1.0 - Math.pow(beta1, step));
        weight.getNDArrayInternal()
                .adamUpdate(
                        new NDList(weight, grad, state.mean, state.variance),
                        new NDList(weight),
                        rate,
                        (float) (rate * correction),
                        getWeightDecay(),
                        rescaleGrad,
                        clipGrad,
                        beta1,
                        beta2,
                        epsilon,
                        true,
                        false);
    }

    private State newState(NDArray weight) {
        return new State(weight.zerosLike(), weight.zerosLike(), updatesBefore);
    }

    /** The number of steps of the parameter that took most. */
    int updates() {
        return states.values().stream().mapToInt(state -> state.steps).max().orElse(updatesBefore);
    }

    /** The moments on one device, by names of parameters. */
    Map<String, NDArray> moments(Map<String, String> ids) {
        Map<String, NDArray> moments = new LinkedHashMap<>();
        ids.forEach(
                (name, id) ->
                        states.entrySet().stream()
                                .filter(state -> state.getKey().parameter.equals(id))
                                .findFirst()
                                .ifPresent(
                                        state -> {
                                            moments.put(MEAN + name, state.getValue().mean);
                                            moments.put(VARIANCE + name, state.getValue().variance);
                                        }));
        return moments;
    }

    /** Goes on with these moments, on each device. */
    void resumeAt(
            int updates,
            Map<String, String> ids,
            Map<String, NDArray> moments,
            List<Map<String, NDArray>> mirrors) {
        states.clear();
        updatesBefore = updates;
        ids.forEach(
                (name, id) -> {
                    NDArray mean = moments.get(MEAN + name);
                    for (Map<String, NDArray> weights : mirrors) {
                        if (mean != null) {
                            NDArray weight = weights.get(name);
                            State state = newState(weight);
                            mean.copyTo(state.mean);
                            moments.get(VARIANCE + name).copyTo(state.variance);
                            states.put(new Place(id, weight.getDevice()), state);
                        }
                    }
                });
    }

    private record Place(String parameter, Device device) {}

    private static final class State {

        private final NDArray mean;
        private final NDArray variance;
        private int steps;

        private State(NDArray mean, NDArray variance, int steps) {
            this.mean = mean;
            this.variance = variance;
            this.steps = steps;
        }
    }

    /** Builds a {@link ResumableAdam}. */
    public static final class Builder extends OptimizerBuilder<Builder> {

        private ParameterTracker learningRate = Tracker.fixed(0.001f);
        private float beta1 = 0.9f;
        private float beta2 = 0.999f;
        private float epsilon = 1e-8f;

        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the learning rate.
         *
         * @param learningRate by number of steps, default fixed at 0.001
         * @return this builder
         */
        public Builder optLearningRateTracker(ParameterTracker learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /**
         * Sets how slowly the mean of the gradient moves.
         *
         * @param beta1 in {@code 0..1}, default 0.9
         * @return this builder
         */
        public Builder optBeta1(float beta1) {
            this.beta1 = beta1;
            return this;
        }

        /**
         * Sets how slowly the mean of the squared gradient moves.
         *
         * @param beta2 in {@code 0..1}, default 0.999
         * @return this builder
         */
        public Builder optBeta2(float beta2) {
            this.beta2 = beta2;
            return this;
        }

        /**
         * Sets what keeps the division finite.
         *
         * @param epsilon above 0, default 1e-8
         * @return this builder
         */
        public Builder optEpsilon(float epsilon) {
            this.epsilon = epsilon;
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return the optimizer
         */
        public ResumableAdam build() {
            return new ResumableAdam(this);
        }
    }
}
