package dev.candor.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HtmlReportTest {

    private static final DemoResult RESULT = MadeUpResults.threeArms();
    private static final String PAGE = new HtmlReport(RESULT).toString();

    @Test
    void isKeptForTheEye() throws IOException {
        Path folder = Path.of("target", "sample");
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("report.html"), PAGE);
        Files.writeString(folder.resolve("report.json"), JsonReport.of(RESULT));
    }
}
