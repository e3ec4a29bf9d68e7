package dev.candor.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

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

    /** A term and what there is to say about it, within a list of them. */
    static void entry(Markup page, String term, String text) {
        page.element("dt", term).element("dd", text);
    }
}
