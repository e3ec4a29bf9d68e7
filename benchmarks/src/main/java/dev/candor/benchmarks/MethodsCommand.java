package dev.candor.benchmarks;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the methods of calibration. */
@Command(name = "methods", header = "Lists the methods of calibration, and the options they heed.")
final class MethodsCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (FitMethod method : FitMethods.all()) {
            String options =
                    method.options().stream()
                            .map(option -> option.name)
                            .collect(Collectors.joining(" "));
            String line =
                    String.format(
                            Locale.ROOT,
                            "%-17s %-64s %s",
                            method.name(),
                            method.description(),
                            options);
            out.println(line.stripTrailing());
        }
        return 0;
    }
}
