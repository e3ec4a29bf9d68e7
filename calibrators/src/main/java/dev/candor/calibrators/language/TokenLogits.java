package dev.candor.calibrators.language;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.candor.internal.Checks;
import dev.candor.internal.LogitBatch;

/** What a language model gives, checked and read to the host. */
final class TokenLogits {

    private TokenLogits() {}

    static NDArray batch(NDManager manager, long... tokens) {
        return manager.create(tokens, new Shape(1, tokens.length));
    }

    static <T> T predict(Predictor<NDList, T> predictor, NDList input) {
        try {
            return predictor.predict(input);
        } catch (TranslateException e) {
            throw new IllegalStateException("the language model failed: " + e.getMessage(), e);
        }
    }

    /** The only text of a batch. */
    static NDArray first(NDManager manager, NDArray logits) {
        Shape shape = logits.getShape();
        Checks.that(
                shape.dimension() == 3 && shape.get(0) == 1,
                "the model gives logits of shape %s, expected [1, T, V]",
                shape);
        logits.attach(manager);
        return logits.squeeze(0);
    }

    static NDArray checked(NDArray logits) {
        Shape shape = logits.getShape();
        Checks.that(
                shape.dimension() == 2 && shape.get(0) > 0 && shape.get(1) > 1,
                "the model gives logits of shape %s, expected [T, V]",
                shape);
        return logits;
    }

    /** One row in float64. */
    static double[] read(NDArray row) {
        double[] values = row.toType(DataType.FLOAT64, false).toDoubleArray();
        for (int token = 0; token < values.length; token++) {
            Checks.that(
                    Double.isFinite(values[token]),
                    "the logit of token %d is %s, expected a finite value",
                    token,
                    values[token]);
        }
        return values;
    }

    /** {@code log p} of one token of each row. */
    static double[] picked(NDArray rows, long... tokens) {
        NDArray log = rows.toType(DataType.FLOAT64, false).logSoftmax(1);
        double[] values = LogitBatch.pick(log, rows.getManager().create(tokens)).toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            Checks.that(
                    Double.isFinite(values[i]),
                    "the log-probability of token %d of the completion is %s, expected a finite"
                            + " value",
                    i,
                    values[i]);
        }
        return values;
    }

    /** Entropy in nats of the distribution of each row. */
    static double[] entropies(NDArray rows) {
        NDArray log = rows.toType(DataType.FLOAT64, false).logSoftmax(1);
        double[] values = log.exp().mul(log).sum(new int[] {1}).neg().toDoubleArray();
        for (int i = 0; i < values.length; i++) {
            Checks.that(
                    Double.isFinite(values[i]),
                    "the entropy after token %d is %s: its logits are not finite",
                    i,
                    values[i]);
        }
        return values;
    }
}
