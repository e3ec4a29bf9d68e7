package dev.candor.training.ensemble;

import ai.djl.Model;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** One member of an ensemble as a parameter file of DJL, with what it was made from. */
final class MemberFile {

    private static final String EPOCH = "Epoch";

    private final Path directory;
    private final String name;

    MemberFile(Path directory, int index) {
        this.directory = directory;
        this.name = String.format(Locale.ROOT, "member-%02d", index);
    }

    String name() {
        return name;
    }

    /** Writes a member beside its place, then moves it there. */
    void write(Block block, int epoch, Map<String, String> properties) throws IOException {
        Path draft = directory.resolve("." + name + "." + UUID.randomUUID());
        // A model of its own: the properties of the user's stay as they are.
        try (Model model = Model.newInstance(name)) {
            model.setBlock(block);
            properties.forEach(model::setProperty);
            model.setProperty(EPOCH, Integer.toString(epoch));
            model.save(draft, name);
            String file = String.format(Locale.ROOT, "%s-%04d.params", name, epoch);
            Files.move(
                    draft.resolve(file),
                    directory.resolve(file),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            delete(draft);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** What the member was made from; empty if it is not there yet. */
    Optional<Map<String, String>> properties() throws IOException {
        Path file;
        try (Stream<Path> files = Files.list(directory)) {
            file =
                    files.filter(f -> f.getFileName().toString().startsWith(name + "-"))
                            .filter(f -> f.getFileName().toString().endsWith(".params"))
                            .max(Comparator.naturalOrder())
                            .orElse(null);
        }
        return file == null ? Optional.empty() : Optional.of(header(file));
    }

    /** The head of a parameter file, without the parameters that follow. */
    private static Map<String, String> header(Path file) throws IOException {
        try (DataInputStream stream =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (stream.readInt() != 0x444A4C40 || stream.readInt() < 1) {
                throw new IOException(file + ": no parameter file of DJL");
            }
            stream.readUTF();
            DataType.valueOf(stream.readUTF());
            int inputs = stream.readInt();
            for (int i = 0; i < inputs; i++) {
                stream.readUTF();
                Shape.decode(stream);
            }
            int count = stream.readInt();
            Map<String, String> properties = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                properties.put(stream.readUTF(), stream.readUTF());
            }
            return properties;
        }
    }
}
