package dev.candor.benchmarks;

import dev.candor.metrics.CalibrationReport;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The outcome of the demo as a page that needs nothing beside itself. */
final class HtmlReport {

    private static final String TITLE = "Does the network mean what it says?";

    private static final String LEDE =
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

    private final DemoResult result;
    private final double highestShare;

    HtmlReport(DemoResult result) {
        this.result = result;
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
        table(page);
        guide(page);
        for (int i = 0; i < result.arms().size(); i++) {
            arm(page, i, result.arms().get(i));
        }
        courses(page);
        setup(page);
        return HtmlPage.close(page);
    }

    private int bins() {
        return result.arms().isEmpty() ? 0 : result.arms().get(0).before().bins();
    }

    private void table(Markup page) {
        page.element("h2", String.format(Locale.ROOT, "On %,d test images", result.setup().test()));
        page.open("table").open("thead").open("tr").element("td", "");
        for (String name : names()) {
            page.element("th", name, "scope", "col");
        }
        page.close().close().open("tbody");
        for (ArmResult arm : result.arms()) {
            page.open("tr").element("th", arm.name(), "scope", "rowgroup", "colspan", 9).close();
            page.open("tr").element("td", "as trained", "class", "step");
            measures(page, arm.before());
            page.element("td", "");
            cell(page, 7, String.format(Locale.ROOT, "%.0f", arm.seconds()));
            page.close();
            page.open("tr", "class", "scaled").element("td", "temperature scaled", "class", "step");
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

    private void measures(Markup page, CalibrationReport report) {
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

    private static void guide(Markup page) {
        page.element("h2", "How to read the figures");
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
        page.element("h2", arm.name()).element("p", arm.description());
        page.open("div", "class", "figures");
        figure(page, "arm" + index + "-before", arm.name(), "as trained", "", arm.before());
        figure(
                page,
                "arm" + index + "-after",
                arm.name(),
                "temperature scaled",
                String.format(Locale.ROOT, ", T = %.3f", arm.temperature()),
                arm.after());
        page.close().close();
    }

    private void figure(
            Markup page,
            String id,
            String arm,
            String step,
            String detail,
            CalibrationReport report) {
        page.open("figure").open("figcaption").text(step).element("span", detail).close();
        page.raw(new ReliabilityFigure(id, arm + ", " + step, report, highestShare).toString());
        page.close();
    }

    private void courses(Markup page) {
        if (result.arms().stream().allMatch(arm -> arm.history().isEmpty())) {
            return;
        }
        page.element("h2", "In the course of training");
        page.element(
                "p",
                "On the validation images, after each epoch: calibration error, likelihood, and the"
                        + " temperature that would put the network right.");
        page.open("ul", "class", "key");
        for (int i = 0; i < result.arms().size(); i++) {
            page.open("li").open("svg", "viewBox", "0 0 34 10", "aria-hidden", "true");
            page.empty("path", "class", "course arm" + i % CourseFigure.KINDS, "d", "M1 5L33 5");
            page.close().text(result.arms().get(i).name()).close();
        }
        page.close().open("div", "class", "figures courses");
        course(page, new CourseFigure("course-ece", "ECE", result.arms(), EpochRecord::ece), "ECE");
        course(page, new CourseFigure("course-nll", "NLL", result.arms(), EpochRecord::nll), "NLL");
        course(
                page,
                new CourseFigure(
                        "course-t", "temperature", result.arms(), EpochRecord::temperature),
                "T");
        page.close();
    }

    private static void course(Markup page, CourseFigure figure, String name) {
        page.open("figure").element("figcaption", name).raw(figure.toString()).close();
    }

    private void setup(Markup page) {
        DemoResult.Setup setup = result.setup();
        page.element("h2", "How it was made").open("dl");
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
        page.close();
        page.element(
                "p",
                "The same numbers, and those of each bin, are in report.json.",
                "class",
                "note");
    }
}
