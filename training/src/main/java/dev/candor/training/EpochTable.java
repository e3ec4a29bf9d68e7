package dev.candor.training;

import dev.candor.calibrators.internal.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The history of a training as comma-separated values. */
final class EpochTable {

    private static final String HEADER =
            "epoch,accuracy,ece,nll,brier,temperature,refinement,calibration\n";

    private EpochTable() {}

    /** Replaces a table as a whole, so that a resumed training leaves no row twice. */
    static void write(Path file, List<CalibrationEpoch> epochs) throws IOException {
        StringBuilder text = new StringBuilder(HEADER);
        for (CalibrationEpoch epoch : epochs) {
            text.append(epoch.epoch());
            for (double value :
                    new double[] {
                        epoch.accuracy(),
                        epoch.ece(),
                        epoch.nll(),
                        epoch.brier(),
                        epoch.temperature(),
                        epoch.refinement(),
                        epoch.calibration()
                    }) {
                text.append(',').append(value);
            }
            text.append('\n');
        }
        Path directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
