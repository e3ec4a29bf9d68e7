package dev.candor.benchmarks;

import java.util.List;
import java.util.function.Consumer;

/**
 * A section of a page, as the table of contents has it.
 *
 * @param id where links lead
 * @param title its heading
 * @param body writes what stands below the heading, but for the parts
 * @param parts sections below it
 */
record PageSection(String id, String title, Consumer<Markup> body, List<PageSection> parts) {

    /** A section without sections below it. */
    PageSection(String id, String title, Consumer<Markup> body) {
        this(id, title, body, List.of());
    }

    /** Writes the section and those below it. */
    void write(Markup page, int level) {
        page.open("section", "id", id);
        HtmlPage.heading(page, level, title);
        body.accept(page);
        parts.forEach(part -> part.write(page, level + 1));
        page.close();
    }

    /** Writes links to sections and to those below them. */
    static void contents(Markup page, List<PageSection> sections) {
        page.open("ul");
        for (PageSection section : sections) {
            page.open("li").element("a", section.title, "href", "#" + section.id);
            if (!section.parts.isEmpty()) {
                contents(page, section.parts);
            }
            page.close();
        }
        page.close();
    }
}
