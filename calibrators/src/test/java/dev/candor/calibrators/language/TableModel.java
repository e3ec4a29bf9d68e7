package dev.candor.calibrators.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** A language model whose next token depends on the last one alone. */
record TableModel(double[][] probabilities) implements LanguageModel {

    @Override
    public NDArray logits(NDManager manager, long... tokens) {
        int vocabulary = probabilities[0].length;
        double[] flat = new double[tokens.length * vocabulary];
        for (int t = 0; t < tokens.length; t++) {
            for (int k = 0; k < vocabulary; k++) {
                flat[t * vocabulary + k] = Math.log(probabilities[(int) tokens[t]][k]) + t;
            }
        }
        return manager.create(flat, new Shape(tokens.length, vocabulary));
    }
}
