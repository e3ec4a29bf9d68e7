package dev.candor.calibrators;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.candor.calibrators.internal.CalibratorFile;
import dev.candor.calibrators.internal.Coefficient;
import dev.candor.internal.Checks;
import java.util.List;

/**
 * Intra-order preserving functions: networks that reshape the logits of a sample and cannot change
 * their order.
 *
 * <pre>
 *   OP, OI   f_(C) = 0,  f_(i) = sum_{j >= i} (u_(j) - u_(j+1)) softplus(m_j)
 *   DIAG     f_k = integral of ELU(net(t)) + 1 from 0 to u_k
 *   u = z / T
 * </pre>
 *
 * <p>{@code u_(1) >= .. >= u_(C)} are the logits by size, divided by the best temperature {@code T
 * > 0}; {@code m} is a network of dense layers with rectified units, that sees u as it comes in
 * {@link Form#OP} and sorted, the greatest first, in {@link Form#OI}. Where {@code m = log(e - 1)},
 * and where {@code net = 0}, the function is temperature scaling, and there training begins. Ties
 * stay ties. OI and DIAG treat all classes alike; OP, which does not, has most to learn from many
 * samples.
 *
 * <p>More flexible than a temperature at little risk for the predicted class; with a few hundred
 * samples or less, temperature scaling does as well.
 *
 * <p>The fit minimises the mean {@link Objective} on four fifths of the samples, and keeps the
 * arrays of the least objective on the rest: by Adam, or, for DIAG, by L-BFGS over all of them. It
 * is never worse than temperature scaling on all samples, which is the result, with {@link
 * FitSummary.Status#TOO_FEW_SAMPLES}, of fewer than 50, and, with the status of the temperature,
 * where that has no finite optimum. On the device of the logits and in their type.
 *
 * <p>The integral of DIAG is that of a function linear between {@code 2^13} places from -50 to 50,
 * and goes on as a line beyond.
 *
 * <p>Source: Rahimi et al., <i>Intra Order-Preserving Functions for Calibration of Multi-Class
 * Neural Networks</i>, NeurIPS 2020, arXiv:2003.06820. As in the authors' code, the least logit
 * maps to 0, which no probability depends on; that code takes DIAG by quadrature for each logit.
 * The temperature in front is a choice of this library.
 */
public final class IntraOrderPreserving extends NeuralCalibrator {

    /** What the function may depend on. */
    public enum Form {
        /** Order-preserving: on the logits of all classes. */
        OP,
        /** Order-invariant: on the sorted logits; permuted logits give permuted results. */
        OI,
        /** Diagonal: on the logit of the class alone, by the same function for all. */
        DIAG
    }

    static final String METHOD = "intraOrderPreserving";

    private static final String FORM = "form";
    private static final String HIDDEN = "hidden";

    private final Form form;

    private IntraOrderPreserving(
            Form form, Network network, List<Coefficient> coefficients, FitSummary summary) {
        super(METHOD, network, coefficients, summary);
        this.form = form;
    }

    static Network network(Form form, long classes, int[] hidden) {
        return form == Form.DIAG
                ? DiagonalNetwork.of(classes, hidden)
                : IntraOrderNetwork.of(form, classes, hidden);
    }

    static JsonObject options(Form form, int[] hidden) {
        JsonObject options = new JsonObject();
        options.addProperty(FORM, form.name());
        options.add(HIDDEN, toJson(hidden));
        return options;
    }

    /** Numbers of units as a file holds them. */
    static JsonArray toJson(int[] units) {
        JsonArray array = new JsonArray();
        for (int size : units) {
            array.add(size);
        }
        return array;
    }

    /** And as they come from one. */
    static int[] units(JsonObject options, String name) {
        return options.getAsJsonArray(name).asList().stream()
                .mapToInt(size -> Checks.atLeast(name, size.getAsInt(), 1))
                .toArray();
    }

    static IntraOrderPreserving of(CalibratorFile file) {
        Form form = Form.valueOf(file.options().get(FORM).getAsString());
        Network network = network(form, file.classes(), units(file.options(), HIDDEN));
        List<Coefficient> coefficients = coefficients(file, network);
        return new IntraOrderPreserving(
                form, network, coefficients, FitSummary.fromJson(file.summary(), coefficients));
    }

    /**
     * Fits to held-out samples, in the order-invariant form.
     *
     * @param logits {@code [N, C]}, a floating-point type, on any device
     * @param labels class indices {@code [N]} or {@code [N, 1]}
     * @return the calibrator
     * @throws IllegalArgumentException if there are no samples, a logit is not finite, a label is
     *     not a class index, or the shapes do not match
     */
    public static IntraOrderPreserving fit(NDArray logits, NDArray labels) {
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
     * Returns what the function may depend on.
     *
     * @return the form
     */
    public Form form() {
        return form;
    }

    /** Fits an {@link IntraOrderPreserving}, or makes its block. */
    public static final class Builder extends NetworkBuilder<Builder, IntraOrderPreserving> {

        private static final int BATCH_SIZE = 256;
        private static final double LEARNING_RATE = 5e-3;
        private static final double WEIGHT_DECAY = 5e-4;

        private Form form = Form.OI;
        private int[] hidden;

        private Builder() {
            super(LEARNING_RATE, WEIGHT_DECAY);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets what the function may depend on.
         *
         * @param form default {@link Form#OI}
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        /**
         * Sets the numbers of units of the hidden layers.
         *
         * @param hidden each at least 1; default 2 and 2 for OP, 150 and 150 for OI, 10 and 10 for
         *     DIAG
         * @return this builder
         */
        public Builder optHiddenUnits(int... hidden) {
            this.hidden = hiddenUnits(hidden);
            return this;
        }

        /**
         * Returns a block to follow a network, to be trained by a {@link ai.djl.training.Trainer}
         * with any loss, alone or jointly with the network. It begins as the identity.
         *
         * @param classes C, at least 2
         * @return a new block
         */
        public Block block(long classes) {
            return newBlock(classes, 0);
        }

        @Override
        Network network(long classes, long width) {
            int[] usual =
                    switch (form) {
                        case OP -> new int[] {2, 2};
                        case OI -> new int[] {150, 150};
                        case DIAG -> new int[] {10, 10};
                    };
            return IntraOrderPreserving.network(form, classes, hidden == null ? usual : hidden);
        }

        @Override
        int usualBatchSize() {
            return form == Form.DIAG ? 0 : BATCH_SIZE;
        }

        @Override
        IntraOrderPreserving calibrator(
                Network network, List<Coefficient> coefficients, FitSummary summary) {
            return new IntraOrderPreserving(form, network, coefficients, summary);
        }
    }
}
