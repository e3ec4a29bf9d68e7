package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import picocli.CommandLine;

/**
 * One run of the command line.
 *
 * @param code the exit code
 * @param out standard output
 * @param err standard error
 */
record CommandRun(int code, String out, String err) {

    /** Runs a command; its arguments may be paths. */
    static CommandRun of(Object... arguments) {
        return of(
                (settings, progress) -> {
                    throw new IOException("no demo here");
                },
                arguments);
    }

    /** Runs a command with an experiment for the demo. */
    static CommandRun of(Experiment experiment, Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Candor.commandLine(experiment);
        command.setOut(new PrintWriter(out, true));
        command.setErr(new PrintWriter(err, true));
        int code =
                command.execute(
                        Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        return new CommandRun(code, out.toString(), err.toString());
    }
}
