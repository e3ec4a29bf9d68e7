package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResNet20Test {

    /** Golden values: torch 2.13.0 in float32. */
    private static final float GOLDEN_TOLERANCE = 1e-4f;

    @TempDir private Path folder;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private ResNet20 network() {
        ResNet20 network = new ResNet20();
        network.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        return network;
    }

    /** Weights that a formula gives in any language. */
    private Path formula() throws IOException {
        Map<String, NDArray> weights = new LinkedHashMap<>();
        int index = 0;
        for (Map.Entry<String, NDArray> entry : MadeUpCifar.weights(manager).entrySet()) {
            String name = entry.getKey();
            Shape shape = entry.getValue().getShape();
            float[] values = new float[(int) shape.size()];
            for (int i = 0; i < values.length; i++) {
                double wave = Math.sin(i * 0.7 + index);
                if (name.endsWith("running_var")) {
                    values[i] = (float) (20 + 10 * wave);
                } else if (name.contains("bn") && name.endsWith("weight")) {
                    values[i] = (float) (1 + 0.5 * wave);
                } else if (shape.dimension() == 4) {
                    values[i] = (float) (wave * Math.sqrt(2.0 / (9 * shape.get(1))));
                } else {
                    values[i] = (float) (0.3 * wave);
                }
            }
            weights.put(name, manager.create(values, shape));
            index++;
        }
        Path file = folder.resolve("weights.npz");
        NpzFile.write(file, weights);
        return file;
    }

    private NDArray images(int rows) {
        float[] pixels = new float[rows * 3 * 32 * 32];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.cos(i * 0.013 + 0.1 * (i % 11));
        }
        return manager.create(pixels, new Shape(rows, 3, 32, 32));
    }

    private NDArray logits(ResNet20 network, NDArray images, boolean training) {
        return network.forward(new ParameterStore(manager, false), new NDList(images), training)
                .singletonOrThrow();
    }

    @Test
    void reproducesTheGoldenLogits() throws IOException {
        ResNet20 network = network();
        network.load(formula());
        NDArray logits = logits(network, images(2), false);
        assertThat(logits.getShape()).isEqualTo(new Shape(2, 10));
        assertThat(logits.toFloatArray()).containsExactly(GOLDEN, within(GOLDEN_TOLERANCE));
    }

    private static final float[] GOLDEN = {
        -0.116469f,
        -0.681558f,
        -0.796103f,
        -0.363704f,
        0.345734f,
        0.865005f,
        0.833768f,
        0.241431f,
        -0.551883f,
        -1.036257f,
        -0.126648f,
        -0.764047f,
        -0.898752f,
        -0.421617f,
        0.369168f,
        0.954972f,
        0.933391f,
        0.287728f,
        -0.588182f,
        -1.132203f
    };

    @Test
    void hasTheWeightsOfThePaper() {
        ResNet20 network = network();
        long weights =
                network.getParameters().values().stream()
                        .filter(parameter -> parameter.requiresGradient())
                        .mapToLong(parameter -> parameter.getArray().size())
                        .sum();
        assertThat(weights).isEqualTo(269_722);
        assertThat(network.parametersByName())
                .containsKeys("conv1.weight", "bn1.running_var", "layer3.2.bn2.bias", "linear.bias")
                .hasSize(97);
    }

    @Test
    void gradientsReachEveryWeight() {
        ResNet20 network = network();
        network.getParameters()
                .values()
                .forEach(p -> p.getArray().setRequiresGradient(p.requiresGradient()));
        try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
            collector.backward(logits(network, images(4), true).softmax(1).get(":, 0").sum());
        }
        network.parametersByName()
                .forEach(
                        (name, parameter) -> {
                            if (parameter.requiresGradient()) {
                                NDArray gradient = parameter.getArray().getGradient();
                                assertThat(gradient.abs().sum().getFloat())
                                        .as(name)
                                        .isPositive()
                                        .isFinite();
                            }
                        });
    }

    @Test
    void savesAndLoadsAsAnyBlock() throws Exception {
        try (Model model = Model.newInstance("resnet");
                Model other = Model.newInstance("resnet")) {
            ResNet20 network = new ResNet20();
            model.setBlock(network);
            network.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 3, 32, 32));
            model.save(folder, "resnet");
            ResNet20 loaded = new ResNet20();
            other.setBlock(loaded);
            other.load(folder, "resnet");
            assertThat(logits(loaded, images(1), false).toFloatArray())
                    .isEqualTo(logits(network, images(1), false).toFloatArray());
        }
    }

    @Test
    void namesTheWeightThatIsWrong() throws IOException {
        Path file = folder.resolve("wrong.npz");
        Map<String, NDArray> weights = MadeUpCifar.weights(manager);
        NDArray linear = weights.remove("linear.weight");
        NpzFile.write(file, weights);
        assertThatThrownBy(() -> network().load(file))
                .isInstanceOf(BadData.class)
                .hasMessageStartingWith(file + ": no key 'linear.weight'");
        weights.put("linear.weight", linear.transpose().duplicate());
        NpzFile.write(file, weights);
        assertThatThrownBy(() -> network().load(file))
                .hasMessage(file + ": 'linear.weight' has shape (64, 10), expected (10, 64)");
        weights.put("fc.weight", linear);
        NpzFile.write(file, weights);
        assertThatThrownBy(() -> network().load(file))
                .hasMessage(file + ": 'fc.weight' is no weight of ResNet-20");
    }
}
