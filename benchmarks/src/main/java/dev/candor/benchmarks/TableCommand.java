package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares calibrators on data. */
@Command(
        name = "table",
        header = "Compares calibrators on data.",
        description = {
            "Fits every method to each NAME_valid.npz of a folder, measures it on NAME_test.npz, and"
                    + " prints Markdown tables: negative log-likelihood, calibration error, Brier"
                    + " score and area under the risk-coverage curve, with bootstrap intervals, and"
                    + " mean ranks over the data sets with their critical difference."
        })
final class TableCommand implements Callable<Integer> {

    private static final int FEWEST_RESAMPLES = 2;

    @Spec private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "The folder of the files.")
    private Path data;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write table.md, table.html and table.json.")
    private Path target;

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = FitMethods.Names.class,
            description = "Which methods, separated by commas. Default: ${COMPLETION-CANDIDATES}.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--resamples",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Resamples for each interval. Default: ${DEFAULT-VALUE}.")
    private int resamples;

    @Option(
            names = "--json",
            description = "Prints one JSON object on standard output instead of Markdown.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (resamples < FEWEST_RESAMPLES) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--resamples = " + resamples + ", expected at least " + FEWEST_RESAMPLES);
        }
        List<FitMethod> methods = methods();
        if (target != null && !Files.isDirectory(target)) {
            throw new BadData("%s: no such folder", target);
        }
        AccuracyTable table;
        try (Progress progress =
                new Progress(spec.commandLine().getErr(), Terminal.ofStandardError())) {
            table = AccuracyTable.run(data, methods, resamples, progress);
        }
        AccuracyReport report = new AccuracyReport(table, DemoResult.currentVersions());
        String figures = AccuracyJson.of(table, DemoResult.currentVersions());
        if (target != null) {
            Output.write(target.resolve("table.md"), report.markdown());
            Output.write(target.resolve("table.html"), report.html());
            Output.write(target.resolve("table.json"), figures + "\n");
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(figures);
        } else if (target == null) {
            out.print(report.markdown());
            out.flush();
        } else {
            out.printf("saved as %s.md, .html and .json%n", target.resolve("table"));
        }
        return 0;
    }

    private List<FitMethod> methods() {
        if (names.isEmpty()) {
            return FitMethods.all();
        }
        List<FitMethod> methods = new ArrayList<>();
        for (String name : names) {
            methods.add(
                    FitMethods.of(name)
                            .orElseThrow(
                                    () ->
                                            new ParameterException(
                                                    spec.commandLine(),
                                                    String.format(
                                                            "--methods: '%s' is none of %s",
                                                            name,
                                                            String.join(
                                                                    ", ",
                                                                    new FitMethods.Names())))));
        }
        return methods;
    }
}
