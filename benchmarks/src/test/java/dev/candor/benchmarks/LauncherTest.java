package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a POSIX shell script")
class LauncherTest {

    private static final Path LAUNCHER = Path.of("..", "candor").toAbsolutePath().normalize();

    @TempDir private Path folder;

    @Test
    void runsCommandsFromAnyFolderWithTheirArgumentsAsTheyAre()
            throws IOException, InterruptedException {
        String name = "it's $HOME \"quoted\".npz";
        Files.copy(NpzFileTest.numpyFile("float64.npz"), folder.resolve(name));
        CommandRun run = launch(Map.of(), "evaluate", name, "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(JsonParser.parseString(run.out()).getAsJsonObject().get("n").getAsInt())
                .isEqualTo(12);
    }

    @Test
    void passesExitCodesOn() throws IOException, InterruptedException {
        CommandRun missing = launch(Map.of(), "evaluate", "missing.npz");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.out()).isEmpty();
        assertThat(missing.err().lines()).containsExactly("candor: missing.npz: no such file");
        assertThat(launch(Map.of(), "evaluate").code()).isEqualTo(2);
    }

    @Test
    void worksThroughALink() throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), LAUNCHER);
        CommandRun run = launch(link, Map.of(), "--version");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).startsWith("candor ");
    }

    @Test
    void saysWhereItLookedForJava() throws IOException, InterruptedException {
        CommandRun run = launch(Map.of("JAVA_HOME", "/nowhere"), "--version");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        "candor: no Java at /nowhere/bin/java; JAVA_HOME should lead to a JDK, 17"
                                + " or later");
    }

    private CommandRun launch(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return launch(LAUNCHER, environment, arguments);
    }

    private CommandRun launch(Path launcher, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(Arrays.asList(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        return new CommandRun(code, Files.readString(out), Files.readString(err));
    }
}
