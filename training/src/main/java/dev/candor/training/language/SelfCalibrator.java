package dev.candor.training.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.IndexLoss;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import dev.candor.losses.CompositeLoss;
import dev.candor.losses.CrossEntropyLoss;

/**
 * A network that learns to tell whether an answer is right beside learning to answer.
 *
 * <pre>
 *   h = encoder(x),  answer logits = W h + b,  confidence logits = V (h, onehot(answer)) + c
 *   L = CE(answer logits, y) + w(t) CE(confidence logits, 1[answer = y])
 * </pre>
 *
 * <p>The encoder, a pretrained one as a rule, is shared. Inputs are those of the encoder and, for
 * training on the calibration task, the answers {@code [N]} that {@link
 * dev.candor.calibrators.language.CrossAnnotation} gave to the samples: answers of models that did
 * not see them, for those of this network are right more often on what it was trained on. Without
 * answers the network judges its own. Outputs are answer logits {@code [N, C]} and confidence
 * logits {@code [N, 2]} of wrong and right. {@link #loss} takes as labels the classes {@code [N]}
 * and whether the given answers are right {@code [N]}, -100 where a sample does not take part in
 * one of the tasks. The confidence of an answer is the softmax of the second output; it need not
 * agree with that of the first.
 *
 * <p>A head for classifiers, after the source, which lets a language model answer both questions in
 * words.
 *
 * <p>Source: Chen et al., <i>LM-TOAST: Making Pre-trained Language Models Task-calibrated</i>,
 * Findings of ACL 2023, arXiv:2307.11316.
 */
public final class SelfCalibrator extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final long IGNORED = -100;

    private final int classes;
    private final Block encoder;
    private final Linear answers;
    private final Linear confidence;

    private SelfCalibrator(Block encoder, int classes) {
        super(VERSION);
        this.classes = classes;
        this.encoder = addChildBlock("encoder", encoder);
        this.answers = addChildBlock("answers", Linear.builder().setUnits(classes).build());
        this.confidence = addChildBlock("confidence", Linear.builder().setUnits(2).build());
    }

    /**
     * Puts both heads on an encoder.
     *
     * @param encoder from one input to features {@code [N, D]}
     * @param classes C, at least 2
     * @return the network
     */
    public static SelfCalibrator of(Block encoder, int classes) {
        return new SelfCalibrator(encoder, Checks.atLeast("classes", classes, 2));
    }

    /**
     * Returns the loss of both tasks.
     *
     * @param weight w, of the calibration task, as a function of the number of training batches so
     *     far; one that grows lets the main task fade
     * @return the loss
     */
    public static CompositeLoss loss(Tracker weight) {
        return CompositeLoss.of(head("answers", 0)).plus(weight, head("confidence", 1));
    }

    private static IndexLoss head(String name, int index) {
        CrossEntropyLoss loss =
                CrossEntropyLoss.builder().optName(name).optIgnoreIndex(IGNORED).build();
        return new IndexLoss(loss, index);
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
        encoder.initialize(manager, type, inputs[0]);
        Shape features = encoder.getOutputShapes(new Shape[] {inputs[0]})[0];
        Checks.that(
                features.dimension() == 2,
                "the encoder gives features of shape %s, expected [N, D]",
                features);
        answers.initialize(manager, type, features);
        confidence.initialize(manager, type, new Shape(features.get(0), features.get(1) + classes));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        Checks.that(
                inputs.size() == 1 || inputs.size() == 2,
                "%d inputs, expected that of the encoder and optionally answers",
                inputs.size());
        NDArray features =
                encoder.forward(store, new NDList(inputs.head()), training).singletonOrThrow();
        NDArray logits = answers.forward(store, new NDList(features), training).head();
        NDArray given = inputs.size() == 2 ? inputs.get(1).flatten() : logits.argMax(1);
        NDArray judged = features.concat(oneHot(given, features), 1);
        return new NDList(logits, confidence.forward(store, new NDList(judged), training).head());
    }

    private NDArray oneHot(NDArray indices, NDArray features) {
        NDManager manager = features.getManager();
        NDArray index = indices.toType(DataType.INT64, false).expandDims(1);
        DataType type = features.getDataType();
        return manager.zeros(new Shape(index.getShape().get(0), classes), type)
                .scatter(index, manager.ones(index.getShape(), type), 1);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        long rows = inputs[0].get(0);
        return new Shape[] {new Shape(rows, classes), new Shape(rows, 2)};
    }
}
