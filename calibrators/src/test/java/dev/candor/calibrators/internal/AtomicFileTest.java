package dev.candor.calibrators.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir private Path folder;

    @Test
    void replacesAFileAndLeavesNothingBeside() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "before");
        AtomicFile.write(file, stream -> stream.write(new byte[] {'n', 'o', 'w'}));
        assertThat(file).hasContent("now");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void leavesEverythingAsItWasIfWritingFails() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "before");
        assertThatIOException()
                .isThrownBy(
                        () ->
                                AtomicFile.write(
                                        file,
                                        stream -> {
                                            stream.write('x');
                                            throw new IOException("disk full");
                                        }))
                .withMessage("disk full");
        assertThat(file).hasContent("before");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
