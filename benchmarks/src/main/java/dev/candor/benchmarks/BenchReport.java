package dev.candor.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A report of the bench as sections of a page.
 *
 * @param file the name of the file that the report was read from
 * @param id what the identifiers of its sections begin with
 * @param suites what was measured
 */
record BenchReport(String file, String id, List<Fields> suites) {

    /** The suites by the names that files have for them. */
    private static final Map<String, String> TITLES =
            Map.of(
                    "losses", "Losses",
                    "calibrators", "Calibrators",
                    "training", "Training",
                    "inference", "Predictions");

    /** The parts of the command line by what they leave in files. */
    private static final Map<String, String> PARTS =
            Map.ofEntries(
                    Map.entry("losses", "peers"),
                    Map.entry("peers", "peers"),
                    Map.entry("trainingStep", "training-step"),
                    Map.entry("steps", "training-step"),
                    Map.entry("peakMemory", "memory"),
                    Map.entry("memory", "memory"),
                    Map.entry("growth", "growth"),
                    Map.entry("epochs", "epochs"),
                    Map.entry("predictions", "predictions"),
                    Map.entry("dataTypes", "data-types"),
                    Map.entry("calls", "calls"),
                    Map.entry("kernels", "kernels"));

    private static final Set<String> CONDITIONS = Set.of("machine", "peer", "epochs");
    private static final int SUITES = 4;
    private static final int MOST_QUICK_PAIRS = 3;
    private static final String STANDARD_LOGITS = "50000x1000";
    private static final List<String> STANDARD_SHAPES =
            List.of("128x10", "128x1000", "4096x100", "65536x10");

    /**
     * Reads a report.
     *
     * @throws BadData if it holds no suite, or one that this program does not know
     */
    static BenchReport read(Path file, String id, Fields json) throws BadData {
        List<Fields> suites = json.has("suites") ? json.objects("suites") : List.of(json);
        if (suites.isEmpty()) {
            throw new BadData("%s: no suite, expected one of %s at least", file, names());
        }
        for (Fields suite : suites) {
            if (!TITLES.containsKey(suite.text("suite"))) {
                throw new BadData(
                        "%s: suite '%s', expected one of %s", file, suite.text("suite"), names());
            }
        }
        return new BenchReport(file.getFileName().toString(), id, suites);
    }

    private static String names() {
        return String.join(", ", new TreeMap<>(TITLES).keySet());
    }

    /** One bar, and what came of it. */
    record Verdict(String group, String name, String figure, boolean kept) {}

    /** All bars that were measured, in the order of the file. */
    List<Verdict> verdicts() {
        List<Verdict> verdicts = new ArrayList<>();
        for (Fields suite : suites) {
            for (BenchPart part : BenchPart.of(suite)) {
                BenchMeasure measure = part.barMeasure();
                List<BenchRow> rows = part.rows().stream().filter(BenchRow::hasBar).toList();
                Set<String> shapes =
                        rows.stream()
                                .map(row -> row.fields().text(BenchRow.SHAPE))
                                .collect(Collectors.toSet());
                String shape = shapes.size() == 1 ? shapes.iterator().next() : "";
                rows.forEach(row -> verdicts.add(verdict(suite, part, measure, shape, row)));
            }
        }
        return verdicts;
    }

    /** Takes the shape that all bars of the part share; empty where they do not. */
    private static Verdict verdict(
            Fields suite, BenchPart part, BenchMeasure measure, String shape, BenchRow row) {
        boolean known = measure != null && row.spread(measure.key) != null;
        List<String> group = new ArrayList<>();
        group.add(part.title());
        if (known && !measure.title.equalsIgnoreCase(part.title())) {
            group.add(measure.title);
        }
        boolean ownBars = row.fields().has(BenchRow.BAR);
        if (known && !ownBars && !measure.shownBar(row).isEmpty()) {
            group.add(measure.shownBar(row));
        }
        boolean told = shape.contains("x");
        if (told) {
            group.add(shape);
        }
        if (isOnGpu(suite)) {
            group.add(device(suite));
        }
        String figure = known ? measure.shown(row.spread(measure.key)) : "";
        if (known && ownBars) {
            figure += ", " + measure.shownBar(row);
        }
        String remark = row.isKept() ? "" : row.fields().text(BenchRow.REMARK);
        return new Verdict(
                String.join(", ", group),
                part.label(row, !told),
                remark.isEmpty() ? figure : figure + "; " + remark,
                row.isKept());
    }

    /** A section for each suite. */
    List<PageSection> sections() {
        List<PageSection> sections = new ArrayList<>();
        for (int i = 0; i < suites.size(); i++) {
            Fields suite = suites.get(i);
            String suiteId = id + "-" + i;
            List<PageSection> parts = new ArrayList<>();
            for (BenchPart part : BenchPart.of(suite)) {
                String partId = suiteId + "-" + part.key();
                parts.add(
                        new PageSection(
                                partId, part.title(), page -> part.write(page, partId, suite)));
            }
            String title = TITLES.get(suite.text("suite"));
            sections.add(
                    new PageSection(
                            suiteId,
                            isOnGpu(suite) ? title + ", on " + device(suite) : title,
                            page -> conditions(page, suite),
                            parts));
        }
        return sections;
    }

    private void conditions(Markup page, Fields suite) {
        page.element("p", conditions(suite), "class", "note");
        if (suite.has("peerSkipped")) {
            String reason = suite.text("peerSkipped");
            page.element("p", "Without Python beside it: " + reason, "class", "note");
        }
        for (String name : suite.names()) {
            Fields further = suite.object(name);
            String texts =
                    further.texts().keySet().stream()
                            .map(key -> Figures.words(key) + " " + new BenchRow(further).shown(key))
                            .collect(Collectors.joining(", "));
            if (!CONDITIONS.contains(name) && !texts.isEmpty()) {
                page.element("p", Figures.words(name) + ": " + texts, "class", "note");
            }
        }
    }

    private String conditions(Fields suite) {
        return Stream.of(
                        "On " + (isOnGpu(suite) ? device(suite) : "the CPU"),
                        counted(suite, "threads", "thread"),
                        counted(suite, "pairs", "pair") + " of measurements for each ratio",
                        "seed " + suite.text("seed"),
                        suite.text("clock"),
                        "from " + file)
                .filter(text -> !text.isBlank() && !text.startsWith(" "))
                .collect(Collectors.joining(", ", "", "."));
    }

    private static String counted(Fields suite, String key, String one) {
        int count = suite.whole(key);
        return count == 0 ? "" : count + " " + (count == 1 ? one : one + "s");
    }

    private static boolean isOnGpu(Fields suite) {
        return suite.text("device").startsWith("gpu");
    }

    /** As the command line spells it. */
    private static String device(Fields suite) {
        return suite.text("device").replaceAll("[()]", "");
    }

    private static String listed(Map<String, String> texts) {
        return texts.entrySet().stream()
                .map(e -> Figures.words(e.getKey()) + " " + e.getValue())
                .collect(Collectors.joining(", "));
    }

    /** How it was made, within a list of terms. */
    void entries(Markup page) {
        suites.stream()
                .map(suite -> listed(suite.object("machine").texts()))
                .distinct()
                .filter(text -> !text.isEmpty())
                .forEach(text -> HtmlPage.entry(page, "Machine", text));
        suites.stream()
                .map(suite -> peer(suite.object("peer")))
                .distinct()
                .filter(text -> !text.isEmpty())
                .forEach(text -> HtmlPage.entry(page, "Peers", text));
        page.element("dt", "Command").open("dd").element("code", command()).close();
    }

    /** The versions of the other side. */
    private static String peer(Fields peer) {
        Map<String, String> versions = peer.texts();
        versions.keySet().removeAll(List.of("measures", "seed", "threads"));
        return listed(versions);
    }

    /** What measures the same again, as far as the file tells. */
    private String command() {
        Fields first = suites.get(0);
        if (first.has("command")) {
            return first.text("command");
        }
        StringBuilder command = new StringBuilder("./candor bench --suite ");
        boolean quick = suites.size() == SUITES && first.whole("pairs") <= MOST_QUICK_PAIRS;
        command.append(suites.size() == 1 ? first.text("suite") : quick ? "quick" : "all");
        if (isOnGpu(first)) {
            command.append(" --device ").append(device(first));
        }
        for (String option : List.of("threads", "pairs", "seed")) {
            if (first.has(option)) {
                command.append(" --").append(option).append(' ').append(first.text(option));
            }
        }
        if (suites.size() == 1) {
            List<String> parts =
                    BenchPart.of(first).stream()
                            .map(part -> PARTS.getOrDefault(part.key(), ""))
                            .filter(part -> !part.isEmpty())
                            .distinct()
                            .toList();
            command.append(option(" --part ", parts, List.of()));
            command.append(option(" --shape ", shapes(first, "losses"), STANDARD_SHAPES));
            List<String> logits =
                    shapes(first, "peers").stream().filter(s -> !s.endsWith("x1")).toList();
            command.append(option(" --logits ", logits, List.of(STANDARD_LOGITS)));
        }
        return command + " --json " + file;
    }

    private static List<String> shapes(Fields suite, String part) {
        return suite.objects(part).stream()
                .map(row -> row.text(BenchRow.SHAPE))
                .distinct()
                .toList();
    }

    private static String option(String name, List<String> values, List<String> standard) {
        return values.isEmpty() || values.equals(standard) ? "" : name + String.join(",", values);
    }

    /** Writes which bars are kept. */
    static void summary(Markup page, List<Verdict> verdicts) {
        page.element(
                "p",
                "What the library is held to, each with its figure; in brackets the smallest and the"
                        + " largest of the measurements.");
        verdicts.stream()
                .collect(
                        Collectors.groupingBy(
                                Verdict::group, LinkedHashMap::new, Collectors.toList()))
                .forEach(
                        (group, of) -> {
                            page.open("div", "class", "verdicts");
                            page.open("p").element("strong", kept(of)).text(" " + group).close();
                            page.open("ul");
                            Stream.of(false, true)
                                    .forEach(
                                            kept ->
                                                    of.stream()
                                                            .filter(v -> v.kept == kept)
                                                            .forEach(v -> verdict(page, v)));
                            page.close().close();
                        });
    }

    private static void verdict(Markup page, Verdict verdict) {
        page.open("li", "class", verdict.kept ? "kept" : "missed");
        page.element("span", verdict.kept ? "✓" : "✗", "class", "sign", "aria-hidden", "true");
        page.open("span");
        HtmlPage.name(page, verdict.name);
        page.text(" ");
        page.element("span", verdict.figure, "class", "figure").close();
        page.element("strong", verdict.kept ? "" : "missed").close();
    }

    /** Such as {@code 12 of 14}. */
    static String kept(List<Verdict> verdicts) {
        long kept = verdicts.stream().filter(Verdict::kept).count();
        return String.format(Locale.ROOT, "%d of %d", kept, verdicts.size());
    }
}
