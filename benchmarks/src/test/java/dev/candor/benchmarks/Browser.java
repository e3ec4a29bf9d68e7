package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * A browser without a window.
 *
 * @param program a Chromium, or what was made of it
 */
record Browser(Path program) {

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

    private static final List<String> QUIET =
            List.of(
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--disable-dev-shm-usage",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--no-first-run",
                    "--hide-scrollbars",
                    "--force-device-scale-factor=1");

    private static final long MOST_SECONDS = 60;

    /** The browser of this machine, if it has one. */
    static Optional<Browser> find() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/bin"))
                .filter(folder -> !folder.isEmpty())
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Browser::new);
    }

    /**
     * Shows a page.
     *
     * @param page the file of the page
     * @param folder for the picture, and what the browser leaves behind
     * @param dark whether pages shall be dark
     */
    BufferedImage show(Path page, Path folder, int width, int height, boolean dark)
            throws IOException, InterruptedException {
        Path picture = folder.resolve(dark ? "dark.png" : "light.png").toAbsolutePath();
        Files.deleteIfExists(picture);
        Path profile = Files.createDirectories(folder.resolve("profile")).toAbsolutePath();
        List<String> own =
                List.of(
                        "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1),
                        "--user-data-dir=" + profile,
                        "--window-size=" + width + "," + height,
                        "--screenshot=" + picture,
                        page.toUri().toString());
        Process process =
                new ProcessBuilder(
                                Stream.of(List.of(program.toString()), QUIET, own)
                                        .flatMap(List::stream)
                                        .toList())
                        .redirectErrorStream(true)
                        .redirectOutput(profile.resolve("output").toFile())
                        .start();
        try {
            assertThat(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends within %d seconds", program, MOST_SECONDS)
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertThat(picture)
                .as("what %s said: %s", program, Files.readString(profile.resolve("output")))
                .exists();
        return ImageIO.read(picture.toFile());
    }
}
