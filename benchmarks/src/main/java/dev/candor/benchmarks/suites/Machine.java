package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.engine.Engine;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine and the versions that figures were measured with. */
final class Machine {

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    private Machine() {}

    static JsonObject describe() {
        JsonObject json = new JsonObject();
        json.addProperty("processor", processor());
        json.addProperty("processors", Runtime.getRuntime().availableProcessors());
        json.addProperty(
                "system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        json.addProperty("java", System.getProperty("java.runtime.version"));
        json.addProperty("djl", Engine.getDjlVersion());
        json.addProperty(
                "engine",
                Engine.getInstance().getEngineName() + " " + Engine.getInstance().getVersion());
        return json;
    }

    /** A device as the command line spells it. */
    static String name(Device device) {
        return device.isGpu() ? "gpu" + device.getDeviceId() : "cpu";
    }

    private static String processor() {
        try (var lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
