package dev.candor.uncertainty;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.SymbolBlock;
import ai.djl.training.ParameterStore;
import dev.candor.internal.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A network cut before the first block that drops anything.
 *
 * @param trunk what comes before, which gives the same for every sample
 * @param evaluated what follows, as the model has it
 * @param sampled what follows, drawing masks
 * @param silent what is sampled, with dropout of rate 0
 */
record DropoutNetwork(
        List<Block> trunk, List<Block> evaluated, List<Block> sampled, List<Block> silent) {

    static DropoutNetwork of(String model, Block network) {
        List<Block> steps = new ArrayList<>();
        flatten(network, steps);
        DropoutCopier copier = new DropoutCopier(false);
        int first = 0;
        while (first < steps.size() && !copier.hasDropout(steps.get(first))) {
            first++;
        }
        Checks.that(
                first < steps.size(),
                "model '%s' has no active dropout: expected a Dropout block with a rate above 0, or"
                        + " a recurrent block of several layers with one%s",
                model,
                steps.stream().anyMatch(SymbolBlock.class::isInstance)
                        ? "; TorchScript turns on its dropout only together with its batch"
                                + " normalisation, and so stays in evaluation"
                        : "");
        List<Block> rest = steps.subList(first, steps.size());
        DropoutCopier muted = new DropoutCopier(true);
        return new DropoutNetwork(
                List.copyOf(steps.subList(0, first)),
                List.copyOf(rest),
                rest.stream().map(copier::copy).toList(),
                rest.stream().map(muted::copy).toList());
    }

    private static void flatten(Block block, List<Block> steps) {
        if (block instanceof SequentialBlock sequence && runsInSequence(sequence)) {
            sequence.getChildren().values().forEach(child -> flatten(child, steps));
        } else {
            steps.add(block);
        }
    }

    private static boolean runsInSequence(SequentialBlock block) {
        if (block.isReturnIntermediate()) {
            return false;
        }
        Class<?> type = block.getClass();
        while (type != SequentialBlock.class) {
            boolean overrides =
                    Arrays.stream(type.getDeclaredMethods())
                            .anyMatch(method -> method.getName().startsWith("forward"));
            if (overrides) {
                return false;
            }
            type = type.getSuperclass();
        }
        return true;
    }

    /** The same network with everything after the cut. */
    DropoutNetwork withoutTrunk() {
        return new DropoutNetwork(
                List.of(), join(trunk, evaluated), join(trunk, sampled), join(trunk, silent));
    }

    private static List<Block> join(List<Block> first, List<Block> second) {
        List<Block> both = new ArrayList<>(first);
        both.addAll(second);
        return List.copyOf(both);
    }

    static NDList run(List<Block> steps, ParameterStore parameters, NDList inputs) {
        NDList current = inputs;
        for (Block step : steps) {
            current = step.forward(parameters, current, false);
        }
        return current;
    }
}
