package dev.candor.benchmarks;

import dev.candor.benchmarks.RiskCoverageFigure.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The outcome of the demo as a page that needs nothing beside itself. */
final class HtmlReport {

    private static final String TITLE = "Does the network mean what it says?";

    private static final String AS_TRAINED = "as trained";
    private static final String SCALED = "temperature scaled";

    static final String LEDE =
            "A network that is 90% sure should be right nine times in ten. Here one network is"
                    + " trained in several ways on the same images. Each is measured as trained, and"
                    + " again after temperature scaling, which divides its logits by one number,"
                    + " fitted on images held out for that.";

    private static final String MEASURES =
            "Lower is better, but for accuracy. NLL: negative log-likelihood, in nats. Brier: squared"
                    + " distance to the label, summed over classes. ECE-%d: mean gap between confidence"
                    + " and accuracy over %<d bins of equal width; equal-mass: over as many bins of"
                    + " equally many images. MCE: the largest gap of a bin, however few its images. T:"
                    + " the fitted temperature, above 1 where the network was overconfident. Seconds: of"
                    + " training.";

    private static final String SELECTION =
            "Let the network answer only where it is sure enough, and leave the rest to someone"
                    + " else: the fewer images it answers (coverage), the fewer of those should be"
                    + " wrong (risk). The lower the curve the better, and AURC is the area under it."
                    + " Images about which it is equally sure are answered together, so that a curve"
                    + " may begin late.";

    private final DemoResult result;
    private final String prefix;
    private final int level;
    private final double highestShare;

    HtmlReport(DemoResult result) {
        this(result, "", 2);
    }

    /**
     * Prepares a report that is part of a page.
     *
     * @param result what to report
     * @param prefix what its identifiers begin with
     * @param level of its headings
     */
    HtmlReport(DemoResult result, String prefix, int level) {
        this.result = result;
        this.prefix = prefix;
        this.level = level;
        this.highestShare =
                result.arms().stream()
                        .mapToDouble(
                                arm ->
                                        Math.max(
                                                ReliabilityFigure.highestShare(arm.before()),
                                                ReliabilityFigure.highestShare(arm.after())))
                        .max()
                        .orElse(1);
    }

    /** The page, well-formed as XML too. */
    @Override
    public String toString() {
        Markup page = HtmlPage.open(TITLE);
        page.element("p", LEDE, "class", "lede");
        content(page);
        setup(page);
        return HtmlPage.close(page);
    }

    /** What the page shows, as part of another page. */
    void content(Markup page) {
        table(page);
        guide(page);
        for (int i = 0; i < result.arms().size(); i++) {
            arm(page, i, result.arms().get(i));
        }
        selection(page);
        courses(page);
    }

    private int bins() {
        return result.arms().isEmpty() ? 0 : result.arms().get(0).before().bins();
    }

    private void table(Markup page) {
        heading(page, String.format(Locale.ROOT, "On %,d test images", result.setup().test()));
        page.open("table").open("thead").open("tr").element("td", "");
        for (String name : names()) {
            page.element("th", name, "scope", "col");
        }
        page.close().close().open("tbody");
        for (ArmResult arm : result.arms()) {
            page.open("tr").element("th", arm.name(), "scope", "rowgroup", "colspan", 9).close();
            page.open("tr").element("td", AS_TRAINED, "class", "step");
            measures(page, arm.before());
            page.element("td", "");
            cell(page, 7, String.format(Locale.ROOT, "%.0f", arm.seconds()));
            page.close();
            page.open("tr", "class", "scaled").element("td", SCALED, "class", "step");
            measures(page, arm.after());
            cell(page, 6, String.format(Locale.ROOT, "%.3f", arm.temperature()));
            page.element("td", "").close();
        }
        page.close().close();
        page.element("p", String.format(Locale.ROOT, MEASURES, bins()), "class", "note");
    }

    private String[] names() {
        return new String[] {
            "accuracy", "NLL", "Brier", "ECE-" + bins(), "equal-mass ECE", "MCE", "T", "seconds"
        };
    }

    private void measures(Markup page, CalibrationFigures report) {
        double[] values = {
            report.accuracy(),
            report.nll(),
            report.brier(),
            report.ece(),
            report.eceEqualMass(),
            report.mce()
        };
        for (int i = 0; i < values.length; i++) {
            cell(page, i, String.format(Locale.ROOT, "%.4f", values[i]));
        }
    }

    private void cell(Markup page, int column, String value) {
        page.element("td", value, "data-name", names()[column]);
    }

    private void heading(Markup page, String text) {
        HtmlPage.heading(page, level, text);
    }

    private void guide(Markup page) {
        heading(page, "How to read the figures");
        page.open("p")
                .text("Each ")
                .raw("<span class=\"swatch accuracy\"></span> ")
                .text(
                        "bar stands for the images about which the network was about equally"
                                + " confident, and ends at the share of them it got right. ")
                .text("A network that means what it says has its bars end at the dashed diagonal: ")
                .raw("<span class=\"swatch over\"></span> ")
                .text("above a bar is confidence that was not earned, ")
                .raw("<span class=\"swatch under\"></span> ")
                .text(
                        "at the top of a bar is accuracy that was not claimed, and ECE is the mean"
                                + " height of these gaps over all images. ")
                .text(
                        "The thin line shows where the end of a bar may lie by chance (95%"
                                + " interval; the longer it is, the paler the bar), and the histogram"
                                + " how many images the bar stands for: a tall gap over a handful says"
                                + " little, a low one over thousands a lot.")
                .close();
    }

    private void arm(Markup page, int index, ArmResult arm) {
        page.open("section", "class", "arm");
        heading(page, arm.name());
        page.element("p", arm.description());
        page.open("div", "class", "figures");
        figure(page, prefix + "arm" + index + "-before", arm.name(), AS_TRAINED, "", arm.before());
        figure(
                page,
                prefix + "arm" + index + "-after",
                arm.name(),
                SCALED,
                String.format(Locale.ROOT, ", T = %.3f", arm.temperature()),
                arm.after());
        page.close();
        bins(page, arm);
        page.close();
    }

    private static void bins(Markup page, ArmResult arm) {
        List<List<String>> rows = new ArrayList<>();
        for (CalibrationFigures report : List.of(arm.before(), arm.after())) {
            CalibrationFigures.Diagram diagram = report.diagram();
            for (int b = 0; b < diagram.bins(); b++) {
                if (diagram.counts()[b] > 0) {
                    rows.add(
                            List.of(
                                    String.format(
                                            Locale.ROOT,
                                            "%s, %.1f%% to %.1f%%",
                                            report == arm.before() ? AS_TRAINED : SCALED,
                                            100 * diagram.edges()[b],
                                            100 * diagram.edges()[b + 1]),
                                    String.format(Locale.ROOT, "%,d", diagram.counts()[b]),
                                    String.format(Locale.ROOT, "%.4f", diagram.confidence()[b]),
                                    String.format(Locale.ROOT, "%.4f", diagram.accuracy()[b])));
                }
            }
        }
        HtmlPage.details(
                page, "The bins as numbers", List.of("images", "confidence", "accuracy"), rows);
    }

    private void selection(Markup page) {
        List<Line> before = lines(ArmResult::before);
        List<Line> after = lines(ArmResult::after);
        if (before.isEmpty()) {
            return;
        }
        boolean same =
                IntStream.range(0, before.size())
                        .allMatch(i -> before.get(i).curve().sameAs(after.get(i).curve()));
        double highest =
                Stream.concat(before.stream(), after.stream())
                        .mapToDouble(line -> RiskCoverageFigure.highest(line.curve()))
                        .max()
                        .orElse(0);
        heading(page, "If it may abstain");
        page.element("p", SELECTION);
        page.open("div", "class", "figures");
        selection(page, "risk-before", AS_TRAINED, before, highest);
        if (!same) {
            selection(page, "risk-after", SCALED, after, highest);
        }
        page.close();
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            rows.add(row(before.get(i), AS_TRAINED));
            if (!same) {
                rows.add(row(after.get(i), SCALED));
            }
        }
        HtmlPage.details(page, "The risks as numbers", RiskCoverageFigure.columns(), rows);
    }

    /** The known curves of all arms, or none where one is not known. */
    private List<Line> lines(Function<ArmResult, CalibrationFigures> step) {
        return result.arms().stream()
                        .allMatch(
                                arm ->
                                        arm.before().riskCoverage().isKnown()
                                                && arm.after().riskCoverage().isKnown())
                ? result.arms().stream()
                        .map(arm -> new Line(arm.name(), step.apply(arm).riskCoverage()))
                        .toList()
                : List.of();
    }

    private static List<String> row(Line line, String step) {
        return RiskCoverageFigure.row(line.name() + ", " + step, line.curve());
    }

    private void selection(Markup page, String id, String step, List<Line> lines, double highest) {
        page.open("figure").element("figcaption", step);
        page.raw(
                new RiskCoverageFigure(
                                prefix + id,
                                "Risk over coverage, " + step,
                                lines,
                                List.of(),
                                highest)
                        .toString());
        RiskCoverageFigure.key(page, lines);
        page.close();
    }

    private void figure(
            Markup page,
            String id,
            String arm,
            String step,
            String detail,
            CalibrationFigures report) {
        page.open("figure").open("figcaption").text(step).element("span", detail).close();
        page.raw(new ReliabilityFigure(id, arm + ", " + step, report, highestShare).toString());
        page.close();
    }

    private void courses(Markup page) {
        if (result.arms().stream().allMatch(arm -> arm.history().isEmpty())) {
            return;
        }
        heading(page, "In the course of training");
        page.element(
                "p",
                "On the validation images, after each epoch: calibration error, likelihood, and the"
                        + " temperature that would put the network right.");
        page.open("ul", "class", "key");
        for (int i = 0; i < result.arms().size(); i++) {
            page.open("li").raw(CourseFigure.swatch(i));
            page.text(result.arms().get(i).name()).close();
        }
        page.close().open("div", "class", "figures courses");
        course(
                page,
                new CourseFigure(prefix + "course-ece", "ECE", result.arms(), EpochRecord::ece),
                "ECE");
        course(
                page,
                new CourseFigure(prefix + "course-nll", "NLL", result.arms(), EpochRecord::nll),
                "NLL");
        course(
                page,
                new CourseFigure(
                        prefix + "course-t",
                        "temperature",
                        result.arms(),
                        EpochRecord::temperature),
                "T");
        page.close();
        epochs(page);
    }

    private void epochs(Markup page) {
        List<List<String>> rows = new ArrayList<>();
        for (ArmResult arm : result.arms()) {
            for (EpochRecord epoch : arm.history()) {
                rows.add(
                        List.of(
                                arm.name() + ", epoch " + epoch.epoch(),
                                String.format(Locale.ROOT, "%.4f", epoch.ece()),
                                String.format(Locale.ROOT, "%.4f", epoch.nll()),
                                String.format(Locale.ROOT, "%.3f", epoch.temperature())));
            }
        }
        HtmlPage.details(page, "The epochs as numbers", List.of("ECE", "NLL", "T"), rows);
    }

    private static void course(Markup page, CourseFigure figure, String name) {
        page.open("figure").element("figcaption", name).raw(figure.toString()).close();
    }

    private void setup(Markup page) {
        heading(page, "How it was made");
        page.open("dl");
        entries(page);
        page.close();
        page.element(
                "p",
                "The same numbers, and those of each bin, are in report.json.",
                "class",
                "note");
    }

    /** How it was made, within a list of terms. */
    void entries(Markup page) {
        DemoResult.Setup setup = result.setup();
        HtmlPage.entry(
                page,
                "Data",
                String.format(
                        Locale.ROOT,
                        "%s: %,d images to train on, %,d to fit the temperature, %,d to measure",
                        setup.data(),
                        setup.training(),
                        setup.validation(),
                        setup.test()));
        HtmlPage.entry(page, "Network", setup.network());
        HtmlPage.entry(page, "Schedule", setup.schedule());
        HtmlPage.entry(page, "Seed", setup.seed() + ", on " + setup.threads() + " threads");
        HtmlPage.entry(
                page,
                "Versions",
                result.versions().entrySet().stream()
                        .map((Map.Entry<String, String> v) -> v.getKey() + " " + v.getValue())
                        .collect(Collectors.joining(", ")));
    }
}
