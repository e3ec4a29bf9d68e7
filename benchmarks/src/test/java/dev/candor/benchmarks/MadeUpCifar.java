package dev.candor.benchmarks;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;

/** Files like those of CIFAR-10, of noise. */
final class MadeUpCifar {

    static final int TEST = 12;
    static final int TRAINING = 8;

    private MadeUpCifar() {}

    static void write(Path folder) throws IOException {
        strip(folder.resolve("test_batch.png"), TEST, 1);
        strip(folder.resolve("data_batch_1.png"), TRAINING / 2, 2);
        strip(folder.resolve("data_batch_2.png"), TRAINING / 2, 3);
        labels(folder.resolve("test_lables.json"), TEST);
        labels(folder.resolve("train_lables.json"), TRAINING);
    }

    static void strip(Path file, int rows, int seed) throws IOException {
        BufferedImage image = new BufferedImage(1024, rows, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(seed);
        for (int row = 0; row < rows; row++) {
            for (int pixel = 0; pixel < 1024; pixel++) {
                image.setRGB(pixel, row, random.nextInt(1 << 24));
            }
        }
        ImageIO.write(image, "png", file.toFile());
    }

    private static void labels(Path file, int rows) throws IOException {
        int[] labels = new int[rows];
        Arrays.setAll(labels, row -> row % 10);
        Files.writeString(file, Arrays.toString(labels));
    }

    /** Random weights of ResNet-20, by their names in PyTorch. */
    static Map<String, NDArray> weights(NDManager manager) {
        Engine.getInstance().setRandomSeed(1);
        ResNet20 network = new ResNet20();
        network.initialize(manager, DataType.FLOAT32, new Shape(1, 3, 32, 32));
        Map<String, NDArray> weights = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : network.parametersByName().entrySet()) {
            weights.put(entry.getKey(), entry.getValue().getArray());
        }
        return weights;
    }
}
