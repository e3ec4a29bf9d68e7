package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The residual network of 20 layers for CIFAR-10, from images {@code [N, 3, 32, 32]} to logits
 * {@code [N, 10]}.
 *
 * <p>One convolution, nine residual blocks of two convolutions in three stages of 16, 32 and 64
 * channels, the mean over the image, one linear layer. Where a stage halves the image, the shortcut
 * takes each second pixel and adds channels of zeros on either side (option A), and so has no
 * weights.
 *
 * <p>Source: He et al., <i>Deep Residual Learning for Image Recognition</i>, CVPR 2016,
 * arXiv:1512.03385, section 4.2.
 */
final class ResNet20 extends AbstractBlock {

    static final Shape IMAGE = new Shape(3, 32, 32);

    private static final int CLASSES = 10;
    private static final int BLOCKS_PER_STAGE = 3;
    private static final int[] CHANNELS = {16, 32, 64};

    private final Block convolution = addChildBlock("conv1", convolution(CHANNELS[0], 1));
    private final Block norm = addChildBlock("bn1", BatchNorm.builder().build());
    private final List<Residual> residuals = new ArrayList<>();
    private final Block dropout;
    private final Block linear =
            addChildBlock("linear", Linear.builder().setUnits(CLASSES).build());

    ResNet20() {
        this(0);
    }

    /** With dropout before the last layer, if the rate is above 0. */
    ResNet20(float dropoutRate) {
        dropout =
                dropoutRate > 0
                        ? addChildBlock("dropout", Dropout.builder().optRate(dropoutRate).build())
                        : Blocks.identityBlock();
        for (int stage = 0; stage < CHANNELS.length; stage++) {
            for (int i = 0; i < BLOCKS_PER_STAGE; i++) {
                int stride = stage > 0 && i == 0 ? 2 : 1;
                Residual residual = new Residual(CHANNELS[stage], stride);
                residuals.add(addChildBlock("layer" + (stage + 1) + "." + i, residual));
            }
        }
    }

    private static Block convolution(int channels, int stride) {
        return Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .optStride(new Shape(stride, stride))
                .optPadding(new Shape(1, 1))
                .setFilters(channels)
                .optBias(false)
                .build();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDList current =
                norm.forward(store, convolution.forward(store, inputs, training), training);
        current = Activation.relu(current);
        for (Residual residual : residuals) {
            current = residual.forward(store, current, training);
        }
        NDArray mean = Pool.globalAvgPool2d(current.head());
        NDList features = dropout.forward(store, new NDList(mean), training);
        return linear.forward(store, features, training);
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
        return new Shape[] {new Shape(inputs[0].get(0), CLASSES)};
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
        convolution.initialize(manager, type, inputs);
        Shape[] shapes = convolution.getOutputShapes(inputs);
        norm.initialize(manager, type, shapes);
        for (Residual residual : residuals) {
            residual.initialize(manager, type, shapes);
            shapes = residual.getOutputShapes(shapes);
        }
        Shape features = new Shape(inputs[0].get(0), shapes[0].get(1));
        dropout.initialize(manager, type, features);
        linear.initialize(manager, type, features);
    }

    /** Two convolutions beside a shortcut. */
    private static final class Residual extends AbstractBlock {

        private final int stride;
        private final Block first;
        private final Block firstNorm = addChildBlock("bn1", BatchNorm.builder().build());
        private final Block second;
        private final Block secondNorm = addChildBlock("bn2", BatchNorm.builder().build());

        Residual(int channels, int stride) {
            this.stride = stride;
            this.first = addChildBlock("conv1", convolution(channels, stride));
            this.second = addChildBlock("conv2", convolution(channels, 1));
        }

        @Override
        protected NDList forwardInternal(
                ParameterStore store,
                NDList inputs,
                boolean training,
                PairList<String, Object> params) {
            NDList current = first.forward(store, inputs, training);
            current = Activation.relu(firstNorm.forward(store, current, training));
            current = second.forward(store, current, training);
            current = secondNorm.forward(store, current, training);
            NDArray sum = current.head().add(shortcut(inputs.head()));
            return new NDList(Activation.relu(sum));
        }

        private NDArray shortcut(NDArray input) {
            if (stride == 1) {
                return input;
            }
            NDArray pixels =
                    input.get(
                            new NDIndex()
                                    .addAllDim(2)
                                    .addSliceDim(0, input.getShape().get(2), stride)
                                    .addSliceDim(0, input.getShape().get(3), stride));
            Shape shape = pixels.getShape();
            Shape added = new Shape(shape.get(0), shape.get(1) / 2, shape.get(2), shape.get(3));
            NDArray zeros = input.getManager().zeros(added, input.getDataType());
            return NDArrays.concat(new NDList(zeros, pixels, zeros), 1);
        }

        @Override
        public Shape[] getOutputShapes(Shape[] inputs) {
            return first.getOutputShapes(inputs);
        }

        @Override
        protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
            first.initialize(manager, type, inputs);
            Shape[] inner = first.getOutputShapes(inputs);
            firstNorm.initialize(manager, type, inner);
            second.initialize(manager, type, inner);
            secondNorm.initialize(manager, type, inner);
        }
    }

    /** The parameters by the names that PyTorch gives them. */
    Map<String, Parameter> parametersByName() {
        Map<String, Parameter> named = new LinkedHashMap<>();
        collect("", this, named);
        return named;
    }

    private static void collect(String prefix, Block block, Map<String, Parameter> named) {
        block.getDirectParameters()
                .forEach(p -> named.put(prefix + torchName(p.getKey()), p.getValue()));
        // DJL puts the number of the child, two digits, before its name.
        block.getChildren()
                .forEach(c -> collect(prefix + c.getKey().substring(2) + ".", c.getValue(), named));
    }

    private static String torchName(String name) {
        return switch (name) {
            case "gamma" -> "weight";
            case "beta" -> "bias";
            case "runningMean" -> "running_mean";
            case "runningVar" -> "running_var";
            default -> name;
        };
    }

    /**
     * Takes the weights of a file, by their names in PyTorch.
     *
     * @param file an npz file
     * @throws IOException if a weight is missing, of another shape, or one too many; the message
     *     names it
     */
    void load(Path file) throws IOException {
        Map<String, Parameter> named = parametersByName();
        try (NpzFile npz = NpzFile.open(file);
                NDManager manager = NDManager.newBaseManager()) {
            TreeSet<String> unknown = new TreeSet<>(npz.keys());
            unknown.removeAll(named.keySet());
            unknown.removeIf(key -> key.endsWith("num_batches_tracked"));
            if (!unknown.isEmpty()) {
                throw new BadData("%s: '%s' is no weight of ResNet-20", file, unknown.first());
            }
            for (Map.Entry<String, Parameter> entry : named.entrySet()) {
                NDArray values = npz.read(entry.getKey(), manager);
                NDArray target = entry.getValue().getArray();
                if (!values.getShape().equals(target.getShape())) {
                    throw new BadData(
                            "%s: '%s' has shape %s, expected %s",
                            file, entry.getKey(), values.getShape(), target.getShape());
                }
                values.toType(target.getDataType(), false).copyTo(target);
            }
        }
    }
}
