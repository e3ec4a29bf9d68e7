package dev.candor.benchmarks;

import static dev.candor.benchmarks.XmlDocument.number;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candor.benchmarks.suites.Spread;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class BarTableTest {

    private static BarTable.Row row(String name, double low, double median, double high) {
        return new BarTable.Row(name, new Spread(median, low, high), Double.NaN, false);
    }

    private static XmlDocument draw(BarTable table) {
        Markup page = new Markup();
        table.write(page);
        return XmlDocument.parse(page.toString());
    }

    private static XmlDocument ratios(BarTable.Row... rows) {
        return draw(BarTable.ratios("Times", "", List.of(rows)));
    }

    private static String end(Element bar) {
        return Markup.format(percent(bar, "x") + percent(bar, "width"));
    }

    private static double percent(Element element, String attribute) {
        String text = element.getAttribute(attribute);
        assertThat(text).endsWith("%");
        return Double.parseDouble(text.substring(0, text.length() - 1));
    }

    @Test
    void drawsRatiosFromOneOnALogarithmicAxis() {
        XmlDocument page = ratios(row("half", 0.5, 0.5, 0.5), row("twice", 2, 2, 2));
        List<Element> bars = page.all("rect", "bar accuracy");
        assertThat(bars).extracting(bar -> bar.getAttribute("x")).containsExactly("0%", "50%");
        assertThat(bars).extracting(BarTableTest::end).containsExactly("50", "100");
        assertThat(page.all("text"))
                .extracting(Element::getTextContent)
                .containsExactly("0.5", "1", "2");
    }

    @Test
    void drawsAmountsFromZero() {
        BarTable table =
                BarTable.linear(
                        "Shares",
                        "",
                        Figures::percent,
                        Figures::wholePercent,
                        List.of(row("less", -0.02, -0.02, -0.02), row("more", 0.06, 0.06, 0.06)));
        List<Element> bars = draw(table).all("rect", "bar accuracy");
        assertThat(bars).extracting(bar -> bar.getAttribute("x")).containsExactly("20%", "33.33%");
        assertThat(bars).extracting(BarTableTest::end).containsExactly("33.33", "73.33");
    }

    @Test
    void drawsTheSpreadOverTheBarAndWritesIt() {
        XmlDocument page = ratios(row("spread", 0.5, 1, 2), row("none", 1, 1, 1));
        assertThat(page.all("line", "chance")).hasSize(1);
        Element line = page.all("line", "chance").get(0);
        assertThat(line.getAttribute("x1")).isEqualTo("0%");
        assertThat(line.getAttribute("x2")).isEqualTo("100%");
        assertThat(page.all("td", "value"))
                .extracting(Element::getTextContent)
                .containsExactly("", "10.500..2", "1");
        assertThat(number(page.all("circle", "median").get(0), "r")).isPositive();
    }

    @Test
    void marksTheBarAndSaysWhereItIsMissed() {
        Spread spread = new Spread(2, 2, 2);
        XmlDocument page =
                ratios(
                        new BarTable.Row("kept", spread, 4, false),
                        new BarTable.Row("missed", spread, 1, true));
        assertThat(page.all("line", "limit")).hasSize(2);
        assertThat(page.all("rect", "bar over")).hasSize(1);
        assertThat(page.all("td", "value"))
                .extracting(Element::getTextContent)
                .containsExactly("", "2", "2missed");
    }
}
