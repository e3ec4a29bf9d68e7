package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.calibrators.internal.LabelledLogits;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;
import java.util.List;

/**
 * Local temperature scaling: a temperature for each pixel of a segmentation, told from the logits
 * around it and, if it is given, from the image.
 *
 * <pre>
 *   p = softmax(u / t),  t = max(0, tree + 1) + 1e-8,  u = z / T
 *   tree = g_3 (g_1 l_1 + (1 - g_1) l_2) + (1 - g_3) (g_2 l_3 + (1 - g_2) l_4)
 *   with an image:  tree' = g_4 tree + (1 - g_4) l_5
 * </pre>
 *
 * <p>{@code l_i} are convolutions plus 1, {@code g_i} the sigmoids of convolutions; they see u, and
 * {@code l_5} the image, in windows of 5 by 5 pixels that lie two apart, reflected at the edges. u
 * are the logits divided by the best temperature {@code T > 0} of all pixels. The predicted class
 * and the order of classes of a pixel stay.
 *
 * <p>Takes logits {@code [N, C, H, W]}, of at least 5 by 5 pixels, with labels {@code [N, H, W]};
 * pixels with the label -100, or another that is set, do not count.
 *
 * <p>The fit minimises the mean {@link Objective} by Adam on four fifths of the images, and keeps
 * the arrays of the least objective on the rest. It is never worse than one temperature, which is
 * the result, with the status of the temperature, where that has no finite optimum. T is fitted to
 * some 65,000 pixels. On the device of the logits and in their type; beside the logits it needs
 * several times the memory of a batch of images.
 *
 * <p>Source: Ding et al., <i>Local Temperature Scaling for Probability Calibration</i>, ICCV 2021,
 * arXiv:2008.05105. The authors' code begins with all weights zero, at a temperature of 2, where
 * leaves that are equal remain so; here gates begin at random and t at 1. The temperature in front
 * and the standardisation of the image are choices of this library.
 */
public final class LocalTemperatureScaling extends NeuralCalibrator implements FeatureCalibrator {

    static final String METHOD = "localTemperature";
    static final String CHANNELS = "channels";

    private LocalTemperatureScaling(
            Network network, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, network, coefficients, summary);
    }

    static LocalTemperatureScaling of(CalibratorFile file) {
        int channels = Checks.atLeast(CHANNELS, file.options().get(CHANNELS).getAsInt(), 0);
        Network network = new LocalTemperatureNetwork(file.classes(), channels);
        List<Coefficient> coefficients = coefficients(file, network);
        return new LocalTemperatureScaling(
                network, coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out images.
     *
     * @param logits {@code [N, C, H, W]}, a floating-point type, on any device
     * @param labels class indices {@code [N, H, W]}, or -100
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static LocalTemperatureScaling fit(NDArray logits, NDArray labels) {
        return builder().fit(logits, labels);
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the number of channels of the image.
     *
     * @return the number, 0 where the calibrator was fitted without images
     */
    @Override
    public long features() {
        return network().features();
    }

    /**
     * Calibrates logits by their images.
     *
     * @param logits {@code [N, C, H, W]}, a floating-point type
     * @param images {@code [N, I, H, W]}
     * @return calibrated logits of the shape and type of the logits; they belong to the manager of
     *     the logits
     */
    @Override
    public NDArray apply(NDArray logits, NDArray images) {
        return apply(new NDList(logits, images), null);
    }

    /** Fits a {@link LocalTemperatureScaling}, or makes its block. */
    public static final class Builder extends NetworkBuilder<Builder, LocalTemperatureScaling> {

        private static final int BATCH_SIZE = 4;
        private static final double LEARNING_RATE = 1e-3;
        private static final long PIXELS_OF_TEMPERATURE = 1L << 16;

        private long ignored = LogitBatch.IGNORE_INDEX;

        private Builder() {
            super(LEARNING_RATE, 0);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the images that the logits belong to.
         *
         * @param images {@code [N, I, H, W]}, finite, of a floating-point type; read when the fit
         *     begins
         * @return this builder
         */
        public Builder optImages(NDArray images) {
            features(images);
            return this;
        }

        /**
         * Sets the label of pixels that do not count.
         *
         * @param label default -100
         * @return this builder
         */
        public Builder optIgnoreIndex(long label) {
            this.ignored = label;
            return this;
        }

        /**
         * Returns a block to follow a network, to be trained by a {@link ai.djl.training.Trainer}
         * with any loss, alone or jointly with the network. It takes and returns logits {@code [N,
         * C, H, W]}, and begins as the identity.
         *
         * @param classes C, at least 2
         * @return a new block
         */
        public Block block(long classes) {
            return newBlock(classes, 0);
        }

        /**
         * Returns a block that takes logits and images, to be trained likewise.
         *
         * @param classes C, at least 2
         * @param channels I, at least 1
         * @return a new block
         */
        public Block block(long classes, int channels) {
            return newBlock(classes, Checks.atLeast(CHANNELS, channels, 1));
        }

        /**
         * Fits to weighted pixels.
         *
         * @param logits {@code [N, C, H, W]}, a floating-point type, on any device
         * @param labels class indices {@code [N, H, W]}, or the ignored label
         * @param weights {@code [N, H, W]}, none negative, not all zero; null where all pixels
         *     weigh the same
         * @return the calibrator
         * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label
         *     is not a class index, a weight is negative, or the shapes do not match
         */
        @Override
        public LocalTemperatureScaling fit(NDArray logits, NDArray labels, NDArray weights) {
            long begin = System.nanoTime();
            check(logits, labels, weights);
            try (NDManager scope = logits.getManager().newSubManager(logits.getDevice())) {
                NDArray images = features() == null ? null : within(scope, features());
                Network network =
                        network(
                                logits.getShape().get(1),
                                images == null ? 0 : images.getShape().get(1));
                ImageSamples samples =
                        new ImageSamples(
                                scope,
                                within(scope, logits),
                                images,
                                within(scope, labels),
                                weights == null ? null : within(scope, weights),
                                ignored);
                Moments moments =
                        images == null ? Moments.NONE : Moments.of(images, network::featureRows);
                TemperatureFit.Result scaling = temperature(samples);
                return fit(
                        network,
                        samples,
                        scaling.withTemperature(scaling.temperature()),
                        moments,
                        begin);
            }
        }

        private void check(NDArray logits, NDArray labels, NDArray weights) {
            Shape shape = logits.getShape();
            Checks.that(
                    logits.getDataType().isFloating(),
                    "logits have type %s, expected a floating-point type",
                    logits.getDataType());
            LocalTemperatureNetwork.check(shape);
            Checks.that(
                    shape.get(0) > 0, "logits have shape %s, expected at least one image", shape);
            Checks.that(
                    shape.get(1) > 1, "logits have shape %s, expected at least two classes", shape);
            Shape pixels = new Shape(shape.get(0), shape.get(2), shape.get(3));
            checkPixels("labels", labels, pixels);
            if (weights != null) {
                checkPixels("weights", weights, pixels);
            }
            if (features() != null) {
                Shape images = features().getShape();
                Checks.that(
                        images.dimension() == 4
                                && images.get(0) == shape.get(0)
                                && images.get(1) > 0
                                && images.slice(2).equals(shape.slice(2)),
                        "images have shape %s for logits of shape %s, expected [N, I, H, W]",
                        images,
                        shape);
            }
        }

        private static void checkPixels(String name, NDArray values, Shape pixels) {
            Checks.that(
                    values.getShape().equals(pixels),
                    "%s have shape %s, expected %s",
                    name,
                    values.getShape(),
                    pixels);
        }

        private static TemperatureFit.Result temperature(ImageSamples samples) {
            try (NDManager manager = samples.scope().newSubManager()) {
                long ofEach = Math.max(1, PIXELS_OF_TEMPERATURE / samples.size());
                Batch pixels = samples.pixels(manager, ofEach);
                LabelledLogits data =
                        LabelledLogits.of(
                                manager, pixels.logits(), pixels.labels(), pixels.weights());
                return TemperatureFit.of(data, MAX_TEMPERATURE_ITERATIONS);
            }
        }

        @Override
        Network network(long classes, long width) {
            return new LocalTemperatureNetwork(classes, width);
        }

        @Override
        int usualBatchSize() {
            return BATCH_SIZE;
        }

        @Override
        LocalTemperatureScaling calibrator(
                Network network, List<Coefficient> coefficients, FitSummary summary) {
            return new LocalTemperatureScaling(network, coefficients, summary);
        }
    }
}
