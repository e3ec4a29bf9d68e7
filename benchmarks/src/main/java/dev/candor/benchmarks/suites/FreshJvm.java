package dev.candor.benchmarks.suites;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A new virtual machine that runs a class of this one's class path. */
final class FreshJvm {

    /** What the engine wants to hear: stay off the network, log little. */
    static final String[] ENGINE_ARGUMENTS = {
        "-Dai.djl.offline=true",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.log.ai.djl.util.cuda.CudaUtils=error",
        "--enable-native-access=ALL-UNNAMED"
    };

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

    /** Returns the exit status. */
    int run() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        command.addAll(List.of(ENGINE_ARGUMENTS));
        command.add(EngineThreads.argument(threads));
        command.add("-cp");
        command.add(classPath());
        command.add(main.getName());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException(e);
        }
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
