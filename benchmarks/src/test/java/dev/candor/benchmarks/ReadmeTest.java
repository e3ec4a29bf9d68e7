package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The snippets of the READMEs compile, their commands are understood, and the files they link to
 * exist.
 */
class ReadmeTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern COMMAND_LINE = Pattern.compile("(?m)^\\./candor (.+)$");
    private static final Pattern COMMAND_IN_TEXT = Pattern.compile("`\\./candor ([^`]+)`");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    /** What a reader of a snippet has in hand. */
    private static final String CONTEXT =
            """
            import ai.djl.*;
            import ai.djl.inference.*;
            import ai.djl.modality.Classifications;
            import ai.djl.ndarray.*;
            import ai.djl.ndarray.types.Shape;
            import ai.djl.nn.*;
            import ai.djl.repository.zoo.*;
            import ai.djl.training.*;
            import ai.djl.training.dataset.*;
            import ai.djl.training.loss.Loss;
            import ai.djl.training.tracker.Tracker;
            import dev.candor.calibrators.*;
            import dev.candor.language.*;
            import dev.candor.losses.*;
            import dev.candor.metrics.*;
            import dev.candor.training.*;
            import dev.candor.training.augmentation.*;
            import java.nio.file.*;
            import java.util.*;

            class Snippet {
                NDArray logits;
                NDArray labels;
                Model model;
                Block network;
                Path directory;
                TemperatureScaling calibrator;
                Loss loss;
                DefaultTrainingConfig config;
                Trainer trainer;
                Dataset training;
                Dataset validation;
                Shape input;
                int classes;
                int epochs;

                void run() throws Exception {
            %s
                }
            }
            """;

    static Stream<Path> readmes() {
        return Stream.of(
                        "README.md",
                        "losses/README.md",
                        "calibrators/README.md",
                        "training/README.md",
                        "language/README.md",
                        "benchmarks/README.md",
                        "benchmarks/RESULTS.md")
                .map(ROOT::resolve);
    }

    @ParameterizedTest
    @MethodSource("readmes")
    void everySnippetCompiles(Path readme, @TempDir Path classes) throws IOException {
        Matcher matcher = JAVA.matcher(Files.readString(readme));
        while (matcher.find()) {
            assertThat(errors(matcher.group(1), classes))
                    .as("errors in a snippet of %s:%n%s", readme, matcher.group(1))
                    .isEmpty();
        }
    }

    /** Those of a fenced block, each on its line or continued, and those within the text. */
    static Stream<List<String>> commands() throws IOException {
        List<List<String>> commands = new ArrayList<>();
        for (Path readme : readmes().toList()) {
            String text = Files.readString(readme).replace("\\\n", " ");
            for (String block : text.split("```")) {
                boolean isShell = block.startsWith("sh\n");
                Pattern pattern = isShell ? COMMAND_LINE : COMMAND_IN_TEXT;
                pattern.matcher(block)
                        .results()
                        .map(found -> words(found.group(1)))
                        .forEach(commands::add);
            }
        }
        return commands.stream();
    }

    private static List<String> words(String command) {
        return WORD.matcher(command)
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandIsOne(List<String> words) {
        CommandLine.ParseResult parsed =
                Candor.commandLine(new Demo()).parseArgs(words.toArray(String[]::new));
        assertThat(parsed.hasSubcommand()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("readmes")
    void everyLinkedFileExists(Path readme) throws IOException {
        Matcher matcher = LINK.matcher(Files.readString(readme));
        List<Path> missing = new ArrayList<>();
        while (matcher.find()) {
            Path target = readme.resolveSibling(matcher.group(1)).normalize();
            if (!Files.exists(target)) {
                missing.add(target);
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void theRootHasThreeSnippetsForThreeUsers() throws IOException {
        assertThat(JAVA.matcher(Files.readString(ROOT.resolve("README.md"))).results().count())
                .isGreaterThanOrEqualTo(3);
    }

    private static List<String> errors(String snippet, Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        JavaFileObject source =
                new SimpleJavaFileObject(
                        URI.create("string:///Snippet.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return String.format(CONTEXT, snippet);
                    }
                };
        compiler.getTask(
                        null,
                        null,
                        diagnostics,
                        List.of(
                                "-d",
                                classes.toString(),
                                "-proc:none",
                                "-cp",
                                System.getProperty("java.class.path")),
                        null,
                        List.of(source))
                .call();
        return diagnostics.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
                .collect(Collectors.toList());
    }
}
