package dev.candor.benchmarks.losses;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The Python process that measures the same formulas in torch, one request at a time. */
final class TorchPeer implements AutoCloseable {

    /** There is no such process, for a reason that fits on one line. */
    static final class UnavailableException extends Exception {

        private static final long serialVersionUID = 1L;

        UnavailableException(String reason) {
            super(reason);
        }
    }

    private static final String SCRIPT = "/peers/losses.py";
    private static final long PATIENCE_SECONDS = 5;

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter requests;
    private final Path folder;
    private final JsonObject description;

    private TorchPeer(Process process, Path folder) throws IOException, UnavailableException {
        this.process = process;
        this.folder = folder;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
        try {
            this.description = JsonParser.parseString(ask("describe")).getAsJsonObject();
        } catch (IOException e) {
            String reason = firstLine(errors(folder), e.getMessage());
            close();
            throw new UnavailableException(reason);
        }
    }

    /** Starts the process; its standard error goes to a file, lest a full pipe stop it. */
    static TorchPeer start(String python, int threads, long seed) throws UnavailableException {
        try {
            Path folder = Files.createTempDirectory("candor-peer");
            Path script = folder.resolve("losses.py");
            try (InputStream resource = TorchPeer.class.getResourceAsStream(SCRIPT)) {
                Files.copy(resource, script, StandardCopyOption.REPLACE_EXISTING);
            }
            List<String> command =
                    List.of(
                            python,
                            script.toString(),
                            "--serve",
                            "--threads=" + threads,
                            "--seed=" + seed);
            Process process;
            try {
                process =
                        new ProcessBuilder(command)
                                .redirectError(folder.resolve("errors").toFile())
                                .start();
            } catch (IOException e) {
                delete(folder);
                throw e;
            }
            return new TorchPeer(process, folder);
        } catch (IOException e) {
            throw new UnavailableException(e.getMessage());
        }
    }

    /** What the peer says about itself: versions, threads, the losses that it knows. */
    JsonObject description() {
        return description;
    }

    boolean knows(String loss) {
        return description.getAsJsonArray("losses").asList().stream()
                .anyMatch(name -> name.getAsString().equals(loss));
    }

    LossTime measure(String loss, LossShape shape, int repetitions) throws IOException {
        String[] parts = ask(loss + " " + shape + " " + repetitions).split(" ");
        return new LossTime(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
    }

    private String ask(String request) throws IOException {
        requests.write(request);
        requests.newLine();
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the torch peer ended at request '" + request + "'");
        }
        if (answer.startsWith("error")) {
            throw new IOException("the torch peer answered '" + request + "' with " + answer);
        }
        return answer;
    }

    private static String errors(Path folder) {
        try {
            return Files.readString(folder.resolve("errors"));
        } catch (IOException e) {
            return "";
        }
    }

    private static String firstLine(String text, String otherwise) {
        return text.lines().filter(line -> !line.isBlank()).findFirst().orElse(otherwise);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        delete(folder);
    }

    private static void delete(Path folder) {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
        }
    }
}
