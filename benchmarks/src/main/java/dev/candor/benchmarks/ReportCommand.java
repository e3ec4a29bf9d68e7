package dev.candor.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws what other commands measured. */
@Command(
        name = "report",
        header = "Draws what was measured, as one page.",
        description = {
            "Writes one page that needs nothing beside itself from any number of files of figures:"
                    + " report.json of demo, table.json of table, and what bench --json writes, each"
                    + " told by its content. On it are reliability diagrams, calibration error over"
                    + " epochs, risk over coverage, mean ranks, time and memory beside others, how"
                    + " times grow, and which bars are kept, the numbers below each figure."
        })
final class ReportCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files of figures.")
    private List<Path> files;

    @Option(
            names = "--out",
            paramLabel = "PAGE",
            required = true,
            description = "Where to write the page, such as report.html.")
    private Path target;

    @Override
    public Integer call() throws IOException {
        Output.checkTarget(target);
        ReportPage page = new ReportPage();
        for (Path file : files) {
            page.add(file);
        }
        Output.write(target, page.html());
        PrintWriter out = spec.commandLine().getOut();
        out.println(target.normalize());
        return 0;
    }
}
