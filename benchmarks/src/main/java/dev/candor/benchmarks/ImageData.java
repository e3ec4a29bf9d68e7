package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Labelled grey images for training and for testing.
 *
 * @param name what the images are, for reports
 * @param classes the number of classes C
 * @param training the images for training
 * @param test the images for testing
 */
record ImageData(String name, int classes, Split training, Split test) {

    /**
     * One part of the data.
     *
     * @param images {@code [N, 1, height, width]}, float32 in 0..1
     * @param labels {@code [N]}, int64 in 0..C-1
     */
    record Split(NDArray images, NDArray labels) {

        /** Number of images N. */
        int size() {
            return (int) labels.getShape().get(0);
        }

        /** The images from one index up to, and without, another. */
        Split rows(int from, int to) {
            String range = from + ":" + to;
            return new Split(images.get(range), labels.get(range));
        }
    }

    /** Where the four files come from. */
    private interface Source {
        IdxFile read(String name, int rank) throws IOException;
    }

    /** Brings bytes to 0..1. */
    private static final float LARGEST = 255f;

    /**
     * Loads the bundled slice of Fashion-MNIST: 10,000 images for training and 10,000 for testing.
     *
     * @param manager the manager of the arrays
     */
    static ImageData bundled(NDManager manager) throws IOException {
        return load("Fashion-MNIST", manager, ImageData::bundled);
    }

    private static IdxFile bundled(String name, int rank) throws IOException {
        String resource = "fashion-mnist/" + name + "-ubyte.gz";
        try (InputStream stream = ImageData.class.getResourceAsStream(resource)) {
            return IdxFile.read(resource, stream, rank);
        }
    }

    /**
     * Loads the four idx files of MNIST, Fashion-MNIST or a data set of that make, compressed or
     * not.
     *
     * @param manager the manager of the arrays
     * @param folder the folder that holds them
     */
    static ImageData of(NDManager manager, Path folder) throws IOException {
        return load(
                folder.toAbsolutePath().normalize().getFileName().toString(),
                manager,
                (name, rank) -> IdxFile.read(find(folder, name), rank));
    }

    private static Path find(Path folder, String name) throws IOException {
        String dotted = name.replace("-idx", ".idx");
        for (String stem : List.of(name + "-ubyte", dotted + "-ubyte")) {
            for (String ending : List.of("", ".gz")) {
                Path file = folder.resolve(stem + ending);
                if (Files.isRegularFile(file)) {
                    return file;
                }
            }
        }
        throw new BadData("%s: holds neither %s-ubyte nor %s-ubyte.gz", folder, name, name);
    }

    private static ImageData load(String name, NDManager manager, Source source)
            throws IOException {
        int classes = 1 + largest(source.read("train-labels-idx1", 1));
        if (classes < 2) {
            throw new BadData("train-labels-idx1-ubyte: every label is 0");
        }
        Split training = split("train", manager, source, classes);
        Split test = split("t10k", manager, source, classes);
        Shape expected = training.images().getShape().slice(2);
        Shape found = test.images().getShape().slice(2);
        if (!found.equals(expected)) {
            throw new BadData(
                    "t10k-images-idx3-ubyte: images of shape %s, those for training have" + " %s",
                    found, expected);
        }
        return new ImageData(name, classes, training, test);
    }

    private static int largest(IdxFile labels) {
        int largest = 0;
        for (byte label : labels.values()) {
            largest = Math.max(largest, Byte.toUnsignedInt(label));
        }
        return largest;
    }

    private static Split split(String part, NDManager manager, Source source, int classes)
            throws IOException {
        byte[] labels = source.read(part + "-labels-idx1", 1).values();
        long[] indices = new long[labels.length];
        for (int row = 0; row < indices.length; row++) {
            indices[row] = Byte.toUnsignedInt(labels[row]);
            if (indices[row] >= classes) {
                throw new BadData(
                        "%s-labels-idx1-ubyte: labels[%d] = %d, expected 0..%d",
                        part, row, indices[row], classes - 1);
            }
        }
        IdxFile images = source.read(part + "-images-idx3", 3);
        int[] shape = images.shape();
        if (shape[0] != labels.length) {
            throw new BadData(
                    "%s-images-idx3-ubyte: %d images for %d labels", part, shape[0], labels.length);
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray bytes =
                    scope.create(
                            ByteBuffer.wrap(images.values()),
                            new Shape(shape[0], 1, shape[1], shape[2]),
                            DataType.UINT8);
            NDArray scaled = bytes.toType(DataType.FLOAT32, false).div(LARGEST);
            scaled.attach(manager);
            return new Split(scaled, manager.create(indices));
        }
    }
}
