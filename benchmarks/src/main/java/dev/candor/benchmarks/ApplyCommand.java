package dev.candor.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.candor.calibrators.Calibrator;
import dev.candor.calibrators.Calibrators;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Corrects predictions by a calibrator. */
@Command(
        name = "apply",
        header = "Corrects predictions by a calibrator.",
        description = {
            "Logits come out as logits, and probabilities, whose logarithm is corrected, as"
                    + " probabilities. Labels may be missing; if not, they are carried over. Other"
                    + " keys are not."
        })
final class ApplyCommand implements Callable<Integer> {

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CALIBRATOR", description = "The calibrator.")
    private Path calibrator;

    @Parameters(index = "1", paramLabel = "NPZ", description = "The predictions.")
    private Path file;

    @Option(
            names = "--out",
            paramLabel = "NPZ",
            required = true,
            description = "Where to save the corrected predictions.")
    private Path target;

    @Override
    public Integer call() throws IOException {
        Output.checkTarget(target);
        Calibrator loaded = Calibrators.load(calibrator);
        try (NDManager manager = NDManager.newBaseManager()) {
            ScoreFile data = ScoreFile.read(file, manager, false);
            NDArray logits = loaded.apply(data.logits());
            NpzFile.write(target, data.withLogits(logits));
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%s, %,d rows of %s by %s, saved as %s%n",
                            file,
                            logits.getShape().get(0),
                            data.kind().key,
                            loaded.method(),
                            target);
        }
        return 0;
    }
}
