package dev.candor.benchmarks.suites;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A Python process that measures the same work in torch and its kin, one request at a time. */
final class PythonPeer implements AutoCloseable {

    /** There is no such process, for a reason that fits on one line. */
    static final class UnavailableException extends Exception {

        private static final long serialVersionUID = 1L;

        UnavailableException(String reason) {
            super(reason);
        }
    }

    static final String LOSSES = "losses.py";
    static final String CALIBRATORS = "calibrators.py";
    static final String TRAINING = "training.py";

    /** The peer would need more memory than there is. */
    static final class TooLargeException extends Exception {

        private static final long serialVersionUID = 1L;

        TooLargeException(String reason) {
            super(reason);
        }
    }

    private static final String TOO_LARGE = "error MemoryError: ";
    private static final String FOLDER = "/peers/";

    /** All, as they import from each other. */
    private static final List<String> SCRIPTS = List.of("peer.py", LOSSES, CALIBRATORS, TRAINING);

    private static final List<String> NOT_VERSIONS = List.of("measures", "seed");
    private static final long PATIENCE_SECONDS = 5;

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter requests;
    private final TemporaryFolder folder;
    private final JsonObject description;

    private PythonPeer(Process process, TemporaryFolder folder)
            throws IOException, UnavailableException {
        this.process = process;
        this.folder = folder;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
        try {
            this.description = JsonParser.parseString(exchange("describe")).getAsJsonObject();
        } catch (IOException e) {
            String reason = firstLine(errors(folder), e.getMessage());
            close();
            throw new UnavailableException(reason);
        }
    }

    /** Starts the process; its standard error goes to a file, lest a full pipe stop it. */
    static PythonPeer start(String script, String python, int threads, long seed, Clock clock)
            throws UnavailableException {
        try {
            TemporaryFolder folder = TemporaryFolder.create("candor-peer");
            for (String name : SCRIPTS) {
                try (InputStream resource = PythonPeer.class.getResourceAsStream(FOLDER + name)) {
                    Files.copy(resource, folder.file(name));
                }
            }
            List<String> command =
                    List.of(
                            python,
                            folder.file(script).toString(),
                            "--serve",
                            "--threads=" + threads,
                            "--seed=" + seed,
                            "--clock=" + clock.name().toLowerCase(Locale.ROOT));
            Process process;
            try {
                process =
                        new ProcessBuilder(command)
                                .redirectError(folder.file("errors").toFile())
                                .start();
            } catch (IOException e) {
                folder.close();
                throw e;
            }
            return new PythonPeer(process, folder);
        } catch (IOException e) {
            throw new UnavailableException(e.getMessage());
        }
    }

    /** What the peer says about itself: versions, threads, the names that it knows. */
    JsonObject description() {
        return description;
    }

    boolean knows(String name) {
        return description.getAsJsonArray("names").asList().stream()
                .anyMatch(known -> known.getAsString().equals(name));
    }

    /** The versions, on one line. */
    String versions() {
        return description.entrySet().stream()
                .filter(e -> e.getValue().isJsonPrimitive())
                .filter(e -> !NOT_VERSIONS.contains(e.getKey()))
                .map(e -> e.getKey() + " " + e.getValue().getAsString())
                .collect(Collectors.joining(", "));
    }

    Timing measure(String name, String shape, int repetitions)
            throws IOException, TooLargeException {
        String answer = exchange(name + " " + shape + " " + repetitions);
        if (answer.startsWith(TOO_LARGE)) {
            throw new TooLargeException(answer.substring(TOO_LARGE.length()));
        }
        String[] parts = answer.split(" ");
        return new Timing(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
    }

    private String exchange(String request) throws IOException {
        requests.write(request);
        requests.newLine();
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the peer ended at request '" + request + "'");
        }
        if (answer.startsWith("error") && !answer.startsWith(TOO_LARGE)) {
            throw new IOException("the peer answered '" + request + "' with " + answer);
        }
        return answer;
    }

    private static String errors(TemporaryFolder folder) {
        try {
            return Files.readString(folder.file("errors"));
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
        // Python leaves a folder of compiled scripts behind.
        folder.close();
    }
}
