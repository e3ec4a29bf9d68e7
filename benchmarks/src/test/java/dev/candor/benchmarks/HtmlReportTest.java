package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

class HtmlReportTest {

    /** What WCAG 2 asks of small text, and of graphics. */
    private static final double TEXT_CONTRAST = 4.5;

    private static final double GRAPHICS_CONTRAST = 3;

    private static final DemoResult RESULT = MadeUpResults.threeArms();
    private static final String PAGE = new HtmlReport(RESULT).toString();

    @Test
    void isWellFormed() {
        XmlDocument page = XmlDocument.parse(PAGE);
        assertThat(page.document().getDocumentElement().getTagName()).isEqualTo("html");
        List<String> ids =
                page.all("*").stream()
                        .map(e -> e.getAttribute("id"))
                        .filter(id -> !id.isEmpty())
                        .toList();
        assertThat(ids).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void needsNothingBesideItself() {
        assertThat(PAGE.replace("http://www.w3.org/2000/svg", ""))
                .doesNotContain("http:", "https:", "src=", "href=", "url(", "@import", "<script");
    }

    @Test
    void showsEachArmBeforeAndAfter() {
        XmlDocument page = XmlDocument.parse(PAGE);
        assertThat(page.all("section", "arm")).hasSize(3);
        assertThat(page.all("figcaption"))
                .extracting(Element::getTextContent)
                .containsExactly(
                        "as trained",
                        "temperature scaled, T = 2.400",
                        "as trained",
                        "temperature scaled, T = 1.500",
                        "as trained",
                        "temperature scaled, T = 0.750",
                        "as trained",
                        "temperature scaled",
                        "ECE",
                        "NLL",
                        "T");
        for (ArmResult arm : RESULT.arms()) {
            assertThat(page.all("h2")).extracting(Element::getTextContent).contains(arm.name());
            assertThat(page.all("p"))
                    .extracting(Element::getTextContent)
                    .contains(arm.description());
        }
    }

    @Test
    void showsTheNumbersOfEachReport() {
        List<String> cells =
                XmlDocument.parse(PAGE).all("td").stream().map(Element::getTextContent).toList();
        for (ArmResult arm : RESULT.arms()) {
            for (double value :
                    new double[] {
                        arm.before().accuracy(),
                        arm.before().nll(),
                        arm.before().ece(),
                        arm.after().brier(),
                        arm.after().eceEqualMass(),
                        arm.after().mce()
                    }) {
                assertThat(cells).contains(String.format(Locale.ROOT, "%.4f", value));
            }
            assertThat(cells).contains(String.format(Locale.ROOT, "%.3f", arm.temperature()), "71");
        }
    }

    @Test
    void tellsTheRiskOfEachArmBeforeAndAfter() {
        List<String> keys =
                XmlDocument.parse(PAGE).all("li").stream().map(Element::getTextContent).toList();
        for (ArmResult arm : RESULT.arms()) {
            for (CalibrationFigures figures : List.of(arm.before(), arm.after())) {
                double aurc = figures.riskCoverage().aurc();
                assertThat(keys)
                        .contains(String.format(Locale.ROOT, "%s AURC %.4f", arm.name(), aurc));
            }
        }
    }

    @Test
    void drawsTheRiskOnceWhereScalingChangesNothing() {
        List<ArmResult> arms =
                RESULT.arms().stream()
                        .map(
                                arm ->
                                        new ArmResult(
                                                arm.name(),
                                                arm.description(),
                                                arm.history(),
                                                arm.before(),
                                                arm.before(),
                                                1,
                                                arm.seconds()))
                        .toList();
        String page =
                new HtmlReport(new DemoResult(RESULT.setup(), RESULT.versions(), arms)).toString();
        assertThat(page).contains("Risk over coverage, as trained");
        assertThat(page).doesNotContain("Risk over coverage, temperature scaled");
    }

    @Test
    void tellsHowItWasMade() {
        assertThat(XmlDocument.parse(PAGE).all("dd"))
                .extracting(Element::getTextContent)
                .containsExactly(
                        "Fashion-MNIST: 8,000 images to train on, 2,000 to fit the temperature,"
                                + " 10,000 to measure",
                        RESULT.setup().network(),
                        RESULT.setup().schedule(),
                        "1, on 2 threads",
                        "Candor 0.0.0, Java 17");
    }

    @Test
    void leavesTheCourseOutWhereItWasNotRecorded() {
        List<ArmResult> arms =
                RESULT.arms().stream()
                        .map(
                                arm ->
                                        new ArmResult(
                                                arm.name(),
                                                arm.description(),
                                                List.of(),
                                                arm.before(),
                                                arm.after(),
                                                arm.temperature(),
                                                arm.seconds()))
                        .toList();
        String page =
                new HtmlReport(new DemoResult(RESULT.setup(), RESULT.versions(), arms)).toString();
        assertThat(XmlDocument.parse(page).all("figure")).hasSize(8);
        assertThat(page).doesNotContain("In the course of training");
    }

    @Test
    void usesNoColourThatIsNotDefined() {
        Matcher use = Pattern.compile("var\\((--\\w+)\\)").matcher(PAGE);
        Map<String, String> light = colours("light");
        assertThat(use.results().map(match -> match.group(1)).distinct())
                .isNotEmpty()
                .allMatch(light::containsKey);
        assertThat(colours("dark").keySet()).isEqualTo(light.keySet());
        assertThat(colours("print").keySet()).isEqualTo(light.keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark", "print"})
    void isLegibleInEachTheme(String theme) {
        Map<String, String> colours = colours(theme);
        for (String ground : new String[] {"--paper", "--panel"}) {
            for (String text : new String[] {"--ink", "--quiet"}) {
                assertContrast(colours, text, ground, TEXT_CONTRAST);
            }
        }
        Stream.of("accuracy", "over", "arm0", "arm1", "arm2", "arm3", "arm4")
                .forEach(
                        drawn ->
                                assertContrast(
                                        colours, "--" + drawn, "--panel", GRAPHICS_CONTRAST));
    }

    private static void assertContrast(
            Map<String, String> colours, String front, String ground, double least) {
        double a = luminance(colours.get(front)) + 0.05;
        double b = luminance(colours.get(ground)) + 0.05;
        assertThat(Math.max(a, b) / Math.min(a, b))
                .as("%s on %s", front, ground)
                .isGreaterThanOrEqualTo(least);
    }

    /** Relative luminance by WCAG 2. */
    private static double luminance(String colour) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        double luminance = 0;
        for (int i = 0; i < weights.length; i++) {
            double part = Integer.parseInt(colour.substring(2 * i + 1, 2 * i + 3), 16) / 255.0;
            luminance +=
                    weights[i]
                            * (part <= 0.04045
                                    ? part / 12.92
                                    : Math.pow((part + 0.055) / 1.055, 2.4));
        }
        return luminance;
    }

    private static Map<String, String> colours(String theme) {
        String start =
                switch (theme) {
                    case "dark" -> "@media (prefers-color-scheme: dark)";
                    case "print" -> "@media print";
                    default -> ":root";
                };
        int from = PAGE.indexOf(":root", PAGE.indexOf(start));
        String block = PAGE.substring(from, PAGE.indexOf('}', from));
        Map<String, String> colours = new HashMap<>();
        Matcher colour = Pattern.compile("(--\\w+): (#\\w{6});").matcher(block);
        while (colour.find()) {
            colours.put(colour.group(1), colour.group(2));
        }
        return colours;
    }

    @Test
    void isKeptForTheEye() throws IOException {
        Path folder = Files.createDirectories(Path.of("target", "sample"));
        Path page = Files.writeString(folder.resolve("report.html"), PAGE);
        assertThat(page).isNotEmptyFile();
    }
}
