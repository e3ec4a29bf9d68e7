package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.candor.losses.CrossEntropyLoss;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MethodStudyTest {

    private static final double TOLERANCE = 1e-12;

    @TempDir private Path folder;

    private NDManager manager;
    private ArmTraining.Images images;
    private final Progress progress =
            new Progress(new PrintWriter(new StringWriter()), Terminal.ofStandardError());
    private final List<String> ran = new ArrayList<>();

    @BeforeEach
    void makeImages() {
        Engine.getInstance().setRandomSeed(1);
        manager = NDManager.newBaseManager();
        images = new ArmTraining.Images(split(40), split(20), split(20), 3);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private ImageData.Split split(int rows) {
        long[] labels = new long[rows];
        for (int row = 0; row < rows; row++) {
            labels[row] = row % 3;
        }
        return new ImageData.Split(
                manager.randomNormal(new Shape(rows, 1, 28, 28)), manager.create(labels));
    }

    /** A method that trains nothing, and may be stopped at a seed. */
    private Method made(String name, int stopAt) {
        return (run, scope) -> {
            if (run.seed() == stopAt) {
                throw new IOException("stopped");
            }
            ran.add(name + run.seed());
            Engine.getInstance().setRandomSeed(run.seed());
            return new Method.Scores(
                    scope.randomNormal(new Shape(20, 3)), scope.randomNormal(new Shape(20, 3)));
        };
    }

    private Map<String, List<MethodResult>> run(int stopAt) throws IOException {
        Map<String, Method> methods = new LinkedHashMap<>();
        methods.put("one", made("one", -1));
        methods.put("two", made("two", stopAt));
        return new MethodStudy(methods, folder, 2).run(images, 3, progress);
    }

    @Test
    void goesOnFromTheMethodAndSeedWhereItWasStopped() throws IOException {
        assertThatThrownBy(() -> run(2)).hasMessage("stopped");
        assertThat(ran).containsExactly("one1", "two1", "one2");
        assertThat(Files.readString(folder.resolve("methods.md")))
                .contains("| one | 2 |", "| two | 1 |");
        ran.clear();
        Map<String, List<MethodResult>> results = run(-1);
        assertThat(ran).containsExactly("two2", "one3", "two3");
        assertThat(results.get("one")).hasSize(3);
        assertThat(results.get("two")).extracting(MethodResult::seed).containsExactly(1, 2, 3);
        String table = Files.readString(folder.resolve("methods.md"));
        assertThat(table).isEqualTo(MethodStudy.markdown(results));
        ran.clear();
        assertThat(MethodStudy.markdown(run(-1))).isEqualTo(table);
        assertThat(ran).isEmpty();
    }

    @Test
    void refusesResultsOfAnotherRun() throws IOException {
        run(-1);
        Map<String, Method> methods = Map.of("one", made("one", -1));
        assertThatThrownBy(() -> new MethodStudy(methods, folder, 5).run(images, 1, progress))
                .isInstanceOf(BadData.class)
                .hasMessageEndingWith(
                        "one-1.json: trained for 2 epochs, expected 5: choose another folder");
        Files.copy(folder.resolve("two-1.json"), folder.resolve("one-4.json"));
        assertThatThrownBy(() -> new MethodStudy(methods, folder, 2).run(images, 4, progress))
                .hasMessageEndingWith("holds two from seed 1, expected one from seed 4");
        Files.writeString(folder.resolve("one-5.json"), "[]");
        assertThatThrownBy(() -> MethodResult.read(folder.resolve("one-5.json"), "one", 5, 2))
                .hasMessageEndingWith("one-5.json: no result of this command");
    }

    @Test
    void everyKindOfMethodPredictsBothParts() throws IOException {
        Map<String, Method> methods = new LinkedHashMap<>();
        methods.put("loss", Method.loss(CrossEntropyLoss::of));
        methods.put("data", Method.data(CrossEntropyLoss::of, UnaryOperator.identity()));
        methods.put("dropout", Method.dropout(CrossEntropyLoss::of, .5f, 4));
        methods.put("ensemble", Method.ensemble(CrossEntropyLoss::of, 2));
        Map<String, List<MethodResult>> results =
                new MethodStudy(methods, folder, 1).run(images, 1, progress);
        results.forEach(
                (name, runs) -> {
                    MethodResult result = runs.get(0);
                    assertThat(result.before().nll()).as(name).isPositive();
                    assertThat(result.after().accuracy()).isEqualTo(result.before().accuracy());
                });
        assertThat(results.get("data").get(0).before())
                .isEqualTo(results.get("loss").get(0).before());
        assertThat(folder.resolve("members-1/member-01-0001.params")).exists();
    }

    @Test
    void sumsUpByMeanAndSampleDeviation() {
        MeanAndDeviation sum = MeanAndDeviation.of(1, 2, 4);
        assertThat(sum.mean()).isCloseTo(7 / 3., within(TOLERANCE));
        assertThat(sum.deviation()).isCloseTo(Math.sqrt(7 / 3.), within(TOLERANCE));
        assertThat(sum.toString(2)).isEqualTo("2.33 ± 1.53");
        assertThat(MeanAndDeviation.of(1.25).toString(1)).isEqualTo("1.3");
    }

    @Test
    void theCommandRefusesWrongUsage() {
        assertThat(CommandRun.of("compare", "--out", folder, "--methods", "magic").err())
                .contains("--methods: no method 'magic', there are [cross-entropy");
        assertThat(CommandRun.of("compare", "--out", folder, "--seeds", 0).err())
                .contains("--seeds = 0, expected at least 1");
        assertThat(CommandRun.of("compare").err()).contains("Missing required option: '--out=DIR'");
        assertThat(MethodStudy.methods()).hasSizeGreaterThanOrEqualTo(9);
    }
}
