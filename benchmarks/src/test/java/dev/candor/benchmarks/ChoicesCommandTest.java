package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChoicesCommandTest {

    private static final int QUESTIONS = 400;

    @TempDir private Path folder;

    /** Overconfident logits that lean towards the first option. */
    private Path file(String name, int options, long seed, boolean priors, int subjects)
            throws IOException {
        Path path = folder.resolve(name);
        Random random = new Random(seed);
        float[] logits = new float[QUESTIONS * options];
        long[] labels = new long[QUESTIONS];
        for (int i = 0; i < QUESTIONS; i++) {
            labels[i] = random.nextInt(options);
            for (int j = 0; j < options; j++) {
                double signal = j == labels[i] ? 3 : 0;
                double bias = j == 0 ? 2 : 0;
                logits[i * options + j] = (float) (3 * random.nextGaussian() + signal + bias);
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            arrays.put("logits", manager.create(logits, new Shape(QUESTIONS, options)));
            arrays.put("labels", manager.create(labels));
            if (priors) {
                NDArray prior = manager.zeros(new Shape(3, options));
                prior.set(new NDIndex(":, 0"), 2);
                arrays.put("content_free", prior);
                arrays.put("domain_context", prior.mul(0.5f));
            }
            if (subjects > 0) {
                arrays.put("subjects", manager.arange(0, subjects, 1, DataType.INT64).mod(3));
            }
            NpzFile.write(path, arrays);
        }
        return path;
    }

    private static double[] row(CommandRun run, String method) {
        List<String> lines =
                run.out().lines().filter(line -> line.startsWith("| " + method + " |")).toList();
        assertThat(lines).as(run.out()).hasSize(1);
        String[] cells = lines.get(0).split("\\|");
        double[] values = new double[4];
        for (int i = 0; i < 4; i++) {
            values[i] = Double.parseDouble(cells[i + 2].trim());
        }
        return values;
    }

    @Test
    void comparesMethods() throws IOException {
        CommandRun run =
                CommandRun.of(
                        "choices", file("v.npz", 4, 1, true, 0), file("t.npz", 4, 2, false, 0));
        assertThat(run.code()).as(run.err()).isZero();
        double[] before = row(run, "as they are");
        double[] scaled = row(run, "TemperatureScaling");
        assertThat(scaled[0]).isEqualTo(before[0]);
        assertThat(scaled[1]).isLessThan(before[1]);
        assertThat(scaled[3]).isLessThan(before[3]);
        for (String method :
                new String[] {
                    "ContextualCalibration", "DomainContextCalibration", "BatchCalibration"
                }) {
            assertThat(row(run, method)[0]).as(method).isGreaterThan(before[0]);
            assertThat(row(run, method + ", TemperatureScaling")[3])
                    .as(method)
                    .isLessThan(row(run, method)[3]);
        }
        assertThat(row(run, "VectorScaling")[3]).isLessThan(scaled[3]);
        assertThat(run.out()).doesNotContain("subject");
    }

    @Test
    void leavesOutMethodsThatLackTheirInputs() throws IOException {
        CommandRun run =
                CommandRun.of(
                        "choices", file("v.npz", 3, 1, false, 0), file("t.npz", 3, 2, false, 0));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("BatchCalibration")
                .doesNotContain("ContextualCalibration", "DomainContextCalibration");
    }

    @Test
    void tellsTheSubjectsApart() throws IOException {
        CommandRun run =
                CommandRun.of(
                        "choices",
                        file("v.npz", 4, 1, false, 0),
                        file("t.npz", 4, 2, false, QUESTIONS));
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().filter(line -> line.contains("| as they are |")).toList())
                .hasSize(4)
                .anyMatch(line -> line.startsWith("| 0 | 134 |"))
                .anyMatch(line -> line.startsWith("| 2 | 133 |"));
    }

    @Test
    void refusesFilesThatDoNotFit() throws IOException {
        Path four = file("four.npz", 4, 1, false, 0);
        Path three = file("three.npz", 3, 1, false, 0);
        CommandRun run = CommandRun.of("choices", four, three);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .isEqualToNormalizingNewlines(
                        "candor: " + three + ": 3 options, expected 4 as in " + four + "\n");
        Path few = file("few.npz", 4, 1, false, 10);
        run = CommandRun.of("choices", four, few);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("few.npz: subjects have shape (10), expected (400), one for each row");
        assertThat(CommandRun.of("choices", four, four, "--bins", "0").code()).isEqualTo(2);
        assertThat(CommandRun.of("choices", four, folder.resolve("none.npz")).code()).isEqualTo(1);
    }
}
