package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page of all files, as a browser shows it on a phone and on a desk. */
class BrowserTest {

    private static final int PHONE = 360;
    private static final int DESK = 1280;
    private static final int HEIGHT = 3000;

    /** Above each page, a mark that is green where the page is no wider than its frame. */
    private static final int MARK = 10;

    private static final int GREEN = 0x00ff00;

    private static final Path FOLDER = Path.of("target", "sample");

    private static Browser browser;
    private static Path frames;

    @BeforeAll
    static void make() throws IOException {
        Optional<Browser> found = Browser.find();
        assumeTrue(found.isPresent(), "no chromium or google-chrome to look at pages with");
        browser = found.get();
        Files.createDirectories(FOLDER);
        ReportPage report = new ReportPage();
        report.add(
                Files.writeString(FOLDER.resolve("bench.json"), MadeUpBench.report().toString()));
        report.add(
                Files.writeString(
                        FOLDER.resolve("demo.json"), JsonReport.of(MadeUpResults.threeArms())));
        report.add(
                Files.writeString(
                        FOLDER.resolve("table.json"),
                        AccuracyJson.of(MadeUpTable.twoSets(), Map.of())));
        String page = report.html();
        Files.writeString(FOLDER.resolve("all.html"), page);
        frames = Files.writeString(FOLDER.resolve("frames.html"), frames(page));
    }

    /** Both widths side by side, and a script that measures what the pages take. */
    private static String frames(String page) {
        Markup html = new Markup();
        html.raw("<!DOCTYPE html>\n").open("html").open("head").empty("meta", "charset", "utf-8");
        html.empty("meta", "name", "color-scheme", "content", "light dark").close();
        html.open("body", "style", "margin: 0; display: flex");
        for (int width : new int[] {PHONE, DESK}) {
            html.open("div", "style", "width: " + width + "px");
            html.open("div", "style", "background: #ff0000; height: " + MARK + "px").close();
            String size = "border: 0; display: block; width: 100%; height: " + HEIGHT + "px";
            html.open("iframe", "style", size, "srcdoc", page).close().close();
        }
        html.raw(
                """
                <script>
                addEventListener("load", () => {
                  for (const frame of document.querySelectorAll("iframe")) {
                    const page = frame.contentDocument;
                    const parts = page.querySelectorAll("details");
                    parts.forEach(part => part.open = true);
                    if (page.documentElement.scrollWidth <= frame.clientWidth) {
                      frame.previousElementSibling.style.background = "#00ff00";
                    }
                    parts.forEach(part => part.open = false);
                  }
                });
                </script>
                """);
        return html.close().close().toString();
    }

    @ParameterizedTest
    @CsvSource({"false, 0xffffff, 0x4a7fc1", "true, 0x15191e, 0x6c9fe0"})
    void fitsAPhoneAndADeskInLightAndDark(boolean dark, int paper, int bars)
            throws IOException, InterruptedException {
        BufferedImage picture = browser.show(frames, FOLDER, PHONE + DESK, HEIGHT + MARK, dark);
        assertThat(picture.getWidth()).isEqualTo(PHONE + DESK);
        assertPage(picture, 0, PHONE, paper, bars);
        assertPage(picture, PHONE, DESK, paper, bars);
    }

    private static void assertPage(
            BufferedImage picture, int left, int width, int paper, int bars) {
        assertThat(colour(picture, left + width / 2, MARK / 2))
                .as("the mark of a page that fits %d pixels", width)
                .isEqualTo(GREEN);
        Map<Integer, Integer> counts = new HashMap<>();
        Set<Integer> inked = new HashSet<>();
        for (int y = MARK; y < picture.getHeight(); y++) {
            for (int x = left; x < left + width; x++) {
                int colour = colour(picture, x, y);
                counts.merge(colour, 1, Integer::sum);
                if (colour != paper) {
                    inked.add(y);
                }
            }
        }
        int pixels = width * HEIGHT;
        assertThat(colour(picture, left + 1, MARK + 1)).isEqualTo(paper);
        assertThat(counts.get(paper)).as("pixels of paper").isGreaterThan(pixels / 4);
        assertThat(counts.getOrDefault(bars, 0)).as("pixels of bars").isGreaterThan(1000);
        assertThat(counts).as("colours").hasSizeGreaterThan(100);
        assertThat(inked).as("rows with something on them").hasSizeGreaterThan(HEIGHT / 2);
    }

    private static int colour(BufferedImage picture, int x, int y) {
        return picture.getRGB(x, y) & 0xffffff;
    }
}
