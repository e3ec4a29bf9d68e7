package dev.candor.training.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.loss.Loss;
import dev.candor.internal.Checks;
import dev.candor.internal.Scalars;
import dev.candor.losses.RcftLoss;
import dev.candor.losses.TokenCrossEntropyLoss;

/**
 * Cross-entropy of tokens plus a weighted {@link RcftLoss} at the place of the answer.
 *
 * <p>Labels are the tokens {@code [N, T]} with the ignore index in place of padding, the mask of
 * the completion {@code [N, T]}, the place whose logits foretell the answer {@code [N]}, the tokens
 * of the options {@code [N, J]}, and the right options {@code [N]}.
 */
final class ChoiceFineTuningLoss extends Loss {

    private static final int LABELS = 5;

    private final TokenCrossEntropyLoss tokens;
    private final RcftLoss calibration;
    private final double weight;

    /**
     * A sum of losses.
     *
     * @param calibration null for none
     */
    ChoiceFineTuningLoss(TokenCrossEntropyLoss tokens, RcftLoss calibration, double weight) {
        super("ChoiceFineTuningLoss");
        this.tokens = tokens;
        this.calibration = calibration;
        this.weight = weight;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        Checks.that(labels.size() == LABELS, "%d label arrays, expected %d", labels.size(), LABELS);
        NDArray logits = predictions.head();
        try (NDManager scope = logits.getManager().newSubManager()) {
            scope.tempAttachAll(labels, predictions);
            NDArray total = tokens.evaluate(labels.subNDList(0, 2), predictions);
            if (calibration != null) {
                NDArray options = optionLogits(logits, labels);
                NDArray gap = calibration.evaluate(new NDList(labels.get(4)), new NDList(options));
                total = total.add(Scalars.times(gap, weight));
            }
            return scope.ret(total);
        }
    }

    /** The logits of the options where the answer is foretold, {@code [N, J]}. */
    static NDArray optionLogits(NDArray logits, NDList labels) {
        Shape shape = logits.getShape();
        NDArray places = labels.get(2).reshape(shape.get(0), 1, 1).repeat(2, shape.get(2));
        return logits.gather(places, 1).squeeze(1).gather(labels.get(3), 1);
    }
}
