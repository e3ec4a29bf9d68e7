package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

class ReportCommandTest {

    private static final String EXPECTED =
            ", expected report.json of demo, table.json of table, or what bench --json writes";

    private static final String DEMO = JsonReport.of(MadeUpResults.threeArms());

    @TempDir private Path folder;

    private Path page;
    private Path bench;

    @BeforeEach
    void make() throws IOException {
        page = folder.resolve("page.html");
        bench = write("bench.json", MadeUpBench.report().toString());
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private XmlDocument report(Object... files) throws IOException {
        Object[] arguments = new Object[files.length + 3];
        arguments[0] = "report";
        System.arraycopy(files, 0, arguments, 1, files.length);
        arguments[files.length + 1] = "--out";
        arguments[files.length + 2] = page;
        CommandRun run = CommandRun.of(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).containsExactly(page.toString());
        return XmlDocument.parse(Files.readString(page));
    }

    private static List<String> texts(List<Element> elements) {
        return elements.stream().map(Element::getTextContent).toList();
    }

    @Test
    void drawsEveryKindOfFileOnOnePage() throws IOException {
        Path demo = write("demo.json", DEMO);
        String figures = AccuracyJson.of(MadeUpTable.twoSets(), Map.of("Candor", "0.0.0"));
        XmlDocument document = report(demo, write("table.json", figures), bench);
        assertThat(texts(document.all("h2")))
                .containsExactly(
                        "8 of 10 bars kept",
                        "Does the network mean what it says?",
                        "Which calibrator, on which data?",
                        "Losses",
                        "Calibrators, on gpu0",
                        "Training",
                        "Predictions",
                        "How it was made");
        assertThat(texts(document.all("h3")))
                .contains(
                        "cross-entropy",
                        "In the course of training",
                        "If it may abstain",
                        "Mean ranks",
                        "another_set_of_a_rather_long_name",
                        "Each loss beside torch",
                        "A step of training with a loss",
                        "Memory of losses over all pairs of rows",
                        "Engine things",
                        "Beside Python",
                        "How times grow",
                        "Memory of a fit",
                        "Ways to train",
                        "Epochs with the plug-ins",
                        "Ways to predict",
                        "demo.json",
                        "table.json",
                        "bench.json");
        assertThat(document.all("section", "arm")).hasSize(3);
    }

    @Test
    void everyLinkLeadsSomewhereAndEveryIdentifierIsItsOwn() throws IOException {
        Path demo = write("demo.json", DEMO);
        XmlDocument document = report(demo, demo, bench, bench);
        List<String> ids =
                document.all("*").stream()
                        .map(element -> element.getAttribute("id"))
                        .filter(id -> !id.isEmpty())
                        .toList();
        assertThat(ids).doesNotHaveDuplicates();
        Set<String> targets = new HashSet<>(ids);
        List<String> links =
                document.all("*").stream()
                        .map(element -> element.getAttribute("href"))
                        .filter(link -> !link.isEmpty())
                        .toList();
        assertThat(links).isNotEmpty().allMatch(link -> targets.contains(link.substring(1)));
    }

    @Test
    void needsNothingBesideItself() throws IOException {
        report(bench);
        assertThat(Files.readString(page).replace("http://www.w3.org/2000/svg", ""))
                .contains("prefers-color-scheme: dark")
                .doesNotContain("http:", "https:", "src=", "url(", "@import", "<script", "<link");
    }

    @Test
    void tellsEachBarWithItsFigure() throws IOException {
        XmlDocument document = report(bench);
        assertThat(texts(document.all("li", "missed")))
                .containsExactly(
                        "✗SlowLoss 1.31\u00a0× (1.20..1.40); the value is 1, torch has 2missed",
                        "✗sms 300\u00a0MiBmissed");
        assertThat(texts(document.all("li", "kept")))
                .containsExactly(
                        "✓FocalLoss 0.800\u00a0× (0.700..0.900)",
                        "✓CrossEntropyLoss + SoftBinnedEceLoss +2.0% (-3.0%..+4.0%)",
                        "✓MmceLoss 612\u00a0MiB",
                        "✓FocalLoss 0",
                        "✓FocalLoss ",
                        "✓TemperatureScaling, temperature-lbfgs 30\u00a0× (20..40), at least"
                                + " 20\u00a0×",
                        "✓temperature 0\u00a0MiB",
                        "✓demo, McDropout of 32, batch\u00a016 20\u00a0× (19..22)");
        assertThat(texts(document.all("p")))
                .contains(
                        "1 of 2 Each loss beside torch, time relative to torch, at most 1\u00a0×,"
                                + " 4096x100",
                        "1 of 2 Memory of a fit, at most 256\u00a0MiB, 500x10, gpu0");
    }

    @Test
    void writesTheNumberOfEachBarBesideIt() throws IOException {
        XmlDocument document = report(bench);
        List<String> rows =
                document.all("figure", "bars").stream()
                        .flatMap(figure -> new Rows(figure).texts().stream())
                        .toList();
        assertThat(rows)
                .contains(
                        "FocalLoss 0.8000.700..0.900",
                        "SlowLoss 1.311.20..1.40missed",
                        "FocalLoss 0.500",
                        "CrossEntropyLoss + SoftBinnedEceLoss +2.0%-3.0%..+4.0%",
                        "plain, float32, batch\u00a032 +0.0%-1.0%..+1.0%",
                        "dropout, float16, batch\u00a032 +7.0%+5.0%..+9.0%",
                        "ensemble of 5, float32, batch\u00a032 5.105..5.20",
                        "temperature 0",
                        "sms 300missed");
    }

    /** The rows of a figure of bars. */
    private record Rows(Element figure) {

        List<String> texts() {
            return elements("tr").stream()
                    .filter(row -> row.getElementsByTagName("th").getLength() > 0)
                    .map(
                            row ->
                                    row.getElementsByTagName("th").item(0).getTextContent()
                                            + " "
                                            + row.getElementsByTagName("td")
                                                    .item(1)
                                                    .getTextContent())
                    .toList();
        }

        private List<Element> elements(String name) {
            return IntStream.range(0, figure.getElementsByTagName(name).getLength())
                    .mapToObj(i -> (Element) figure.getElementsByTagName(name).item(i))
                    .toList();
        }
    }

    @Test
    void drawsAPanelForEachMethodOnEachAxisWithItsExponents() throws IOException {
        XmlDocument document = report(bench);
        assertThat(texts(document.all("figcaption")))
                .contains("temperaturefit N0.98, apply N0.95", "vector");
        assertThat(document.all("svg").stream().map(svg -> svg.getAttribute("aria-label")))
                .contains(
                        "temperature: a fit takes 1 ms at 1000x10, 90 ms at 100000x10; applying it"
                                + " 0.100 and 8 ms.",
                        "vector: a fit takes 4 ms at 1000x10, 4 ms at 1000x10.");
        assertThat(document.all("use")).hasSize(1);
    }

    @Test
    void tellsTheConditionsAndTheCommand() throws IOException {
        XmlDocument document = report(bench);
        assertThat(texts(document.all("p", "note")))
                .contains(
                        "On the CPU, 1 thread, 3 pairs of measurements for each ratio, seed 7,"
                                + " processor time of the thread, from bench.json.",
                        "ceilings: bandwidth 4.0 TB/s, bytes per second 67,500,000,000",
                        "WithoutFigures, 128x10: refused: <too large>",
                        "Without Python beside it: No module named 'torch'");
        assertThat(texts(document.all("dd")))
                .contains("processor A <made> one, processors 2, java 17", "torch 2.0")
                .anyMatch(text -> text.startsWith("./candor bench --suite quick --threads 1"));
        JsonObject one = MadeUpBench.report();
        JsonArray suites = one.getAsJsonArray("suites");
        JsonObject calibrators = suites.get(1).getAsJsonObject();
        assertThat(texts(report(write("one.json", calibrators.toString())).all("code")))
                .containsExactly(
                        "./candor bench --suite calibrators --device gpu0 --threads 1 --pairs 3"
                                + " --seed 7 --part peers,growth,memory --logits 500x10 --json one.json");
    }

    @Test
    void drawsWhatOlderFilesHold() throws IOException {
        XmlDocument document =
                report(
                        write(
                                "old.json",
                                """
                                {"suite": "losses", "trainingStep": [{"loss": "FocalLoss",
                                 "millisecondsPerStep": 24.5, "verdict": "pass",
                                 "ratioToCrossEntropy": {"median": 1.01}}]}
                                """));
        assertThat(texts(document.all("li", "kept"))).containsExactly("✓FocalLoss +1.0%");
        assertThat(texts(document.all("td"))).contains("24.5");
    }

    @Test
    void hasNoSummaryWhereThereIsNoBar() throws IOException {
        Path demo = write("demo.json", DEMO);
        assertThat(texts(report(demo).all("h2"))).noneMatch(text -> text.contains("bars kept"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                                   | no report of this program
                    {"suites": [{"suite": "losses", "lo  | no JSON, or only the beginning of it
                    [1, 2]                               | no report of this program
                    no report                            | no JSON, or only the beginning of it
                    {"setup": {}}                        | no report of this program
                    """)
    void refusesAFileOfAnotherKind(String content, String message) throws IOException {
        Path file = write("bad.json", content);
        assertThat(refused(file)).isEqualTo("candor: " + file + ": " + message + EXPECTED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"arms": []}                 | no arm with its diagrams, expected one at least
                    {"sets": [], "methods": []}  | no methods or no sets of data, expected one of each
                    {"suites": []}               | no suite, expected one of calibrators, inference, losses, training at least
                    {"suites": [{"suite": "x"}]} | suite 'x', expected one of calibrators, inference, losses, training
                    """)
    void refusesAReportThatHoldsNothingToDraw(String content, String message) throws IOException {
        Path file = write("bad.json", content);
        assertThat(refused(file)).isEqualTo("candor: " + file + ": " + message);
    }

    private String refused(Path file) {
        CommandRun run = CommandRun.of("report", bench, file, "--out", page);
        assertThat(run.code()).isEqualTo(1);
        assertThat(page).doesNotExist();
        assertThat(run.err().lines()).hasSize(1);
        return run.err().strip();
    }

    @Test
    void refusesAFileThatIsNotThereOrAFolder() {
        Path missing = folder.resolve("missing.json");
        assertThat(refused(missing)).isEqualTo("candor: " + missing + ": no such file");
        assertThat(refused(folder)).isEqualTo("candor: " + folder + ": is a folder" + EXPECTED);
    }

    @Test
    void looksWhereItShallWrite() {
        Path missing = folder.resolve("missing");
        CommandRun run = CommandRun.of("report", bench, "--out", missing.resolve("page.html"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err().lines())
                .containsExactly(
                        "candor: %s: cannot write, there is no folder %s"
                                .formatted(missing.resolve("page.html"), missing));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    report --out x.html | Missing required parameter: 'FILE'
                    report a.json       | Missing required option: '--out=PAGE'
                    """)
    void refusesWrongUsage(String arguments, String message) {
        CommandRun run = CommandRun.of((Object[]) arguments.split(" "));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .containsExactly("candor: " + message, "Try 'candor report --help'.");
    }
}
