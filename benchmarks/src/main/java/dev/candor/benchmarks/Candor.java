package dev.candor.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.Properties;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
        name = "candor",
        description =
                "Measures how well the confidence of a classifier fits its accuracy, and puts it"
                        + " right.",
        footer = {
            "",
            "An .npz file holds 'logits' or 'probabilities' [N, C] and 'labels' [N].",
            "Exit codes: 0 done, 1 bad data, 2 wrong usage."
        },
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Candor.Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Candor {

    private static final int BAD_DATA = 1;
    private static final Set<String> TRAININGS =
            Set.of("demo", "study", "compare", "resnet", "rcft");

    private Candor() {}

    /**
     * Runs a command; without arguments, the demo. Ends the process with the exit code, unless that
     * is 0.
     *
     * @param arguments the command and its arguments
     */
    public static void main(String[] arguments) {
        int code = run(arguments);
        if (code != 0) {
            System.exit(code);
        }
    }

    private static int run(String... arguments) {
        // Read once, when DJL and its logger are loaded.
        setDefault("ai.djl.offline", "true");
        setDefault("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        setDefault("org.slf4j.simpleLogger.showThreadName", "false");
        setDefault("org.slf4j.simpleLogger.showLogName", "false");
        // Warns of a driver that is absent, which is no fault on a machine without a GPU.
        setDefault("org.slf4j.simpleLogger.log.ai.djl.util.cuda.CudaUtils", "error");
        String[] words = arguments.length > 0 ? arguments : new String[] {"demo"};
        if (TRAININGS.contains(words[0])) {
            // Batches this small gain next to nothing by a second thread, and on a busy machine
            // each operation waits for the slower of the two.
            setDefault("ai.djl.pytorch.num_threads", "1");
        }
        return commandLine(new Demo()).execute(words);
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Returns the command line.
     *
     * @param experiment what the demo runs
     */
    static CommandLine commandLine(Experiment experiment) {
        return new CommandLine(new Candor())
                .addSubcommand(new DemoCommand(experiment))
                .addSubcommand(new EvaluateCommand())
                .addSubcommand(new CalibrateCommand())
                .addSubcommand(new MethodsCommand())
                .addSubcommand(new ApplyCommand())
                .addSubcommand(new TableCommand())
                .addSubcommand(new FineTuneCommand())
                .addSubcommand(new PredictCommand())
                .addSubcommand(new StudyCommand())
                .addSubcommand(new CompareCommand())
                .addSubcommand(new FineTuneStudyCommand())
                .addSubcommand(new ResNetCommand())
                .addSubcommand(new ChoicesCommand())
                .addSubcommand(new RcftCommand())
                .addSubcommand(new BenchCommand())
                .addSubcommand(new ReportCommand())
                .setParameterExceptionHandler(Candor::wrongUsage)
                .setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
    }

    private static int wrongUsage(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().printf("candor: %s%n", oneLine(e.getMessage()));
        command.getErr().printf("Try '%s --help'.%n", name);
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine command) {
        boolean expected = e instanceof IOException || e instanceof IllegalArgumentException;
        command.getErr().printf("candor: %s%n", expected ? oneLine(message(e)) : "failed");
        if (!expected) {
            e.printStackTrace(command.getErr());
        }
        return BAD_DATA;
    }

    private static String message(Exception e) {
        if (e instanceof NoSuchFileException missing) {
            return missing.getFile() + ": no such file";
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }

    /** Tells the version of this program. */
    static final class Version implements IVersionProvider {

        /** The version, as Maven wrote it into the resources. */
        static String current() throws IOException {
            Properties properties = new Properties();
            try (InputStream stream = Candor.class.getResourceAsStream("version.properties")) {
                properties.load(stream);
            }
            return properties.getProperty("version");
        }

        @Override
        public String[] getVersion() throws IOException {
            return new String[] {"candor " + current()};
        }
    }
}
