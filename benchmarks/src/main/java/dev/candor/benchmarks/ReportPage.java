package dev.candor.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One page of all that files of this program hold, each file told by its content. */
final class ReportPage {

    private static final String TITLE = "What was measured";

    private static final String EXPECTED =
            "expected report.json of demo, table.json of table, or what bench --json writes";

    private static final Pattern EPOCHS = Pattern.compile("(\\d+) epochs");

    private final List<PageSection> sections = new ArrayList<>();
    private final List<BenchReport.Verdict> verdicts = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private final Markup origins = new Markup();
    private int files;
    private int suites;

    /**
     * Adds what a file holds.
     *
     * @throws IOException if the file cannot be read, or holds something else
     */
    void add(Path file) throws IOException {
        Fields json = new Fields(read(file));
        String id = "file" + files++;
        String name = file.getFileName().toString();
        if (json.has("arms")) {
            demo(file, id, json);
        } else if (json.has("sets")) {
            table(file, id, json);
        } else if (json.has("suites") || json.has("suite")) {
            BenchReport bench = BenchReport.read(file, id, json);
            sections.addAll(bench.sections());
            verdicts.addAll(bench.verdicts());
            suites += bench.suites().size();
            origin(name, bench::entries);
        } else {
            throw new BadData("%s: no report of this program, %s", file, EXPECTED);
        }
    }

    private static JsonObject read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new BadData("%s: is a folder, %s", file, EXPECTED);
        }
        try {
            JsonElement json =
                    JsonParser.parseString(Files.readString(file, StandardCharsets.UTF_8));
            if (json.isJsonObject()) {
                return json.getAsJsonObject();
            }
        } catch (JsonParseException | MalformedInputException e) {
            throw new BadData(e, "%s: no JSON, or only the beginning of it, %s", file, EXPECTED);
        }
        throw new BadData("%s: no report of this program, %s", file, EXPECTED);
    }

    private void demo(Path file, String id, Fields json) throws BadData {
        DemoResult result = JsonReport.read(json);
        if (result.arms().isEmpty()) {
            throw new BadData("%s: no arm with its diagrams, expected one at least", file);
        }
        HtmlReport report = new HtmlReport(result, id + "-", 3);
        sections.add(
                new PageSection(
                        id,
                        "Does the network mean what it says?",
                        page -> {
                            page.element("p", HtmlReport.LEDE);
                            report.content(page);
                        }));
        contents.add(counted(result.arms().size(), "way") + " of training");
        origin(
                file.getFileName().toString(),
                page -> {
                    report.entries(page);
                    command(page, command(result));
                });
    }

    private static String command(DemoResult result) {
        Matcher epochs = EPOCHS.matcher(result.setup().schedule());
        return "./candor demo --seed "
                + result.setup().seed()
                + (epochs.find() ? " --epochs " + epochs.group(1) : "");
    }

    private void table(Path file, String id, Fields json) throws BadData {
        AccuracyTable table = AccuracyJson.read(json);
        if (table.methods().isEmpty() || table.sets().isEmpty()) {
            throw new BadData("%s: no methods or no sets of data, expected one of each", file);
        }
        Map<String, String> versions = json.object("versions").texts();
        AccuracyReport report = new AccuracyReport(table, versions, id + "-", 3);
        sections.add(
                new PageSection(
                        id,
                        "Which calibrator, on which data?",
                        page -> {
                            page.element("p", AccuracyReport.LEDE);
                            report.content(page);
                        }));
        contents.add(
                counted(table.methods().size() - 1, "method")
                        + " of calibration on "
                        + counted(table.sets().size(), "set")
                        + " of data");
        List<String> methods = table.methods().subList(1, table.methods().size());
        origin(
                file.getFileName().toString(),
                page -> {
                    report.entries(page);
                    command(
                            page,
                            "./candor table --data DIR --resamples "
                                    + table.resamples()
                                    + " --methods "
                                    + String.join(",", methods));
                });
    }

    private static void command(Markup page, String command) {
        page.element("dt", "Command").open("dd").element("code", command).close();
    }

    private void origin(String file, Consumer<Markup> entries) {
        HtmlPage.heading(origins, 3, file);
        origins.open("dl");
        entries.accept(origins);
        origins.close();
    }

    private static String counted(int count, String one) {
        return count + " " + (count == 1 ? one : one + "s");
    }

    /** The page, well-formed as XML too. */
    String html() {
        List<PageSection> all = new ArrayList<>();
        if (!verdicts.isEmpty()) {
            all.add(
                    new PageSection(
                            "bars",
                            BenchReport.kept(verdicts) + " bars kept",
                            page -> BenchReport.summary(page, verdicts)));
        }
        all.addAll(sections);
        all.add(new PageSection("origin", "How it was made", page -> page.raw(origins.toString())));
        Markup page = HtmlPage.open(TITLE);
        if (suites > 0) {
            contents.add(counted(suites, "suite") + " of the bench");
        }
        page.element("p", String.join("; ", contents) + ".", "class", "lede");
        page.open("nav", "aria-label", "Contents");
        PageSection.contents(page, all);
        page.close();
        all.forEach(section -> section.write(page, 2));
        return HtmlPage.close(page);
    }
}
