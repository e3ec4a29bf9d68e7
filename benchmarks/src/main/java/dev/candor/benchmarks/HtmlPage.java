package dev.candor.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The frame of a page that needs nothing beside itself, well-formed as XML too. */
final class HtmlPage {

    private HtmlPage() {}

    /** A page that is open where its content goes. */
    static Markup open(String title) {
        Markup page = new Markup();
        page.raw("<!DOCTYPE html>\n").open("html", "lang", "en");
        page.open("head")
                .empty("meta", "charset", "utf-8")
                .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .empty("meta", "name", "color-scheme", "content", "light dark")
                .element("title", "Candor: " + title)
                .open("style")
                .raw(style())
                .close()
                .close();
        page.open("body").open("main");
        return page.element("h1", title);
    }

    /** The page, closed. */
    static String close(Markup page) {
        return page.close().close().close().toString() + "\n";
    }

    private static String style() {
        try (InputStream stream = HtmlPage.class.getResourceAsStream("report.css")) {
            return "\n" + new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A heading; of the first level there is one, that of the page. */
    static void heading(Markup page, int level, String text, Object... attributes) {
        page.element("h" + level, text, attributes);
    }

    /** A name that may break where its words meet. */
    static void name(Markup page, String name) {
        String[] words = name.split("(?<=[a-z0-9])(?=[A-Z])|(?<=:)");
        for (int i = 0; i < words.length; i++) {
            if (i > 0) {
                page.empty("wbr");
            }
            page.text(words[i]);
        }
    }

    /** A term and what there is to say about it, within a list of them. */
    static void entry(Markup page, String term, String text) {
        page.element("dt", term).element("dd", text);
    }

    /**
     * A table of one line a row.
     *
     * @param columns the names of the columns but the first
     * @param rows the name of the row, then its cells
     */
    static void table(Markup page, List<String> columns, List<List<String>> rows) {
        page.open("div", "class", "scroll");
        page.open("table", "class", "methods numbers").open("thead").open("tr").element("td", "");
        for (String column : columns) {
            page.element("th", column, "scope", "col");
        }
        page.close().close().open("tbody");
        for (List<String> row : rows) {
            page.open("tr").element("th", row.get(0), "scope", "row");
            for (int i = 1; i < row.size(); i++) {
                page.element("td", row.get(i), "data-name", columns.get(i - 1));
            }
            page.close();
        }
        page.close().close().close();
    }

    /** A table that opens on demand: the numbers of the figure above. */
    static void details(
            Markup page, String summary, List<String> columns, List<List<String>> rows) {
        page.open("details").element("summary", summary);
        table(page, columns, rows);
        page.close();
    }
}
