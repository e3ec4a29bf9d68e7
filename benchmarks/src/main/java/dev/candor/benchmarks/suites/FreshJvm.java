package dev.candor.benchmarks.suites;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A new virtual machine that runs a class of this one's class path. Its first argument is the file
 * that its {@linkplain #answer(String[], JsonObject) answer} goes to; what it prints is kept from
 * the tables.
 */
final class FreshJvm {

    /** What the engine wants to hear: stay off the network, log little. */
    static final String[] ENGINE_ARGUMENTS = {
        "-Dai.djl.offline=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.log.ai.djl.util.cuda.CudaUtils=error",
        "--enable-native-access=ALL-UNNAMED"
    };

    private static final String EXCEPTION = "Exception in thread \"main\" ";
    private static final String WHAT = "what():";

    private final Class<?> main;
    private final int threads;
    private final List<String> arguments = new ArrayList<>();

    private FreshJvm(Class<?> main, int threads) {
        this.main = main;
        this.threads = threads;
    }

    static FreshJvm of(Class<?> main, int threads) {
        return new FreshJvm(main, threads);
    }

    FreshJvm arguments(String... values) {
        arguments.addAll(List.of(values));
        return this;
    }

    /**
     * How the process ended.
     *
     * @param status its exit status
     * @param answer what it found, null if the status is not 0
     * @param lastWords why it ended, as far as it said so
     */
    record Outcome(int status, JsonObject answer, String lastWords) {}

    /** Tells the process that waits what was found. */
    static void answer(String[] arguments, JsonObject json) throws IOException {
        Files.writeString(Path.of(arguments[0]), json.toString());
    }

    /** Returns the answer of a process that must not fail. */
    JsonObject answer(String what) throws IOException {
        Outcome outcome = run();
        if (outcome.status != 0) {
            throw new IOException(
                    "measuring "
                            + what
                            + " ended with "
                            + outcome.status
                            + ": "
                            + outcome.lastWords);
        }
        return outcome.answer;
    }

    Outcome run() throws IOException {
        try (TemporaryFolder folder = TemporaryFolder.create("candor-process")) {
            Path answer = folder.file("answer.json");
            Path output = folder.file("output");
            int status = run(command(folder, answer), output);
            return new Outcome(
                    status,
                    status == 0
                            ? JsonParser.parseString(Files.readString(answer)).getAsJsonObject()
                            : null,
                    lastWords(Files.readString(output, StandardCharsets.ISO_8859_1)));
        }
    }

    private List<String> command(TemporaryFolder folder, Path answer) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        // A process that the engine ends leaves its report and its core where it was started.
        command.add("-XX:ErrorFile=" + folder.file("fatal-error"));
        command.add("-XX:-CreateCoredumpOnCrash");
        command.addAll(List.of(ENGINE_ARGUMENTS));
        command.add(EngineThreads.argument(threads));
        command.add("-cp");
        command.add(classPath());
        command.add(main.getName());
        command.add(answer.toString());
        command.addAll(arguments);
        return command;
    }

    private static int run(List<String> command, Path output) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException(e);
        }
    }

    /** The line of the exception, of Java or of the engine, else the last that says anything. */
    static String lastWords(String output) {
        String last = "";
        for (String line : output.lines().map(String::strip).toList()) {
            if (line.startsWith(EXCEPTION)) {
                return line.substring(EXCEPTION.length());
            }
            if (line.startsWith(WHAT)) {
                return line.substring(WHAT.length()).strip();
            }
            last = line.replaceAll("[#\\s]+", "").isEmpty() ? last : line;
        }
        return last;
    }

    /** Under a build tool the classes come from a loader of its own, not from the system's. */
    static String classPath() {
        List<String> paths = new ArrayList<>();
        if (FreshJvm.class.getClassLoader() instanceof URLClassLoader loader) {
            for (URL url : loader.getURLs()) {
                try {
                    paths.add(Path.of(url.toURI()).toString());
                } catch (URISyntaxException e) {
                    throw new IllegalStateException(url + " is no path", e);
                }
            }
        }
        return paths.isEmpty()
                ? System.getProperty("java.class.path")
                : String.join(File.pathSeparator, paths);
    }
}
