package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkupTest {

    @Test
    void nestsElements() {
        Markup markup = new Markup();
        markup.open("p", "class", "a").text("x").empty("br").element("b", "y").close();
        assertThat(markup.toString())
                .isEqualToIgnoringNewLines("<p class=\"a\">x<br/><b>y</b></p>");
    }

    @Test
    void escapesTextAndAttributes() {
        String text = "<a href=\"&\">";
        XmlDocument parsed =
                XmlDocument.parse(new Markup().element("p", text, "title", text).toString());
        assertThat(parsed.all("p").get(0).getTextContent()).isEqualTo(text);
        assertThat(parsed.all("p").get(0).getAttribute("title")).isEqualTo(text);
    }

    @Test
    void writesNumbersShortly() {
        assertThat(List.<Object>of(1.0, 0.5, 12.346, -0.001, 100.0))
                .extracting(Markup::format)
                .containsExactly("1", "0.5", "12.35", "0", "100");
        assertThat(Markup.format(7)).isEqualTo("7");
    }
}
