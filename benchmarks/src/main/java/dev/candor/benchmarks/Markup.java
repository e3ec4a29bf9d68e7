package dev.candor.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** Writes elements that are well-formed as XML and as HTML. Numbers take two decimals at most. */
final class Markup {

    private final StringBuilder text = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * Opens an element.
     *
     * @param name its name
     * @param attributes names and values in turn
     */
    Markup open(String name, Object... attributes) {
        start(name, attributes);
        text.append('>');
        open.push(name);
        return this;
    }

    /** Closes the element that was opened last. */
    Markup close() {
        text.append("</").append(open.pop()).append('>');
        if (open.size() < 2) {
            text.append('\n');
        }
        return this;
    }

    /** Writes an element that holds nothing; in HTML, one that cannot hold anything. */
    Markup empty(String name, Object... attributes) {
        start(name, attributes);
        text.append("/>");
        return this;
    }

    /** Writes an element that holds a text. */
    Markup element(String name, String content, Object... attributes) {
        return open(name, attributes).text(content).close();
    }

    /** Writes a text. */
    Markup text(String content) {
        text.append(escaped(content));
        return this;
    }

    /** Writes what is markup already. */
    Markup raw(CharSequence markup) {
        text.append(markup);
        return this;
    }

    private void start(String name, Object... attributes) {
        text.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            text.append(' ').append(attributes[i]).append("=\"");
            text.append(escaped(format(attributes[i + 1]))).append('"');
        }
    }

    /** A value as it stands in an attribute. */
    static String format(Object value) {
        if (!(value instanceof Double)) {
            return value.toString();
        }
        String decimals = String.format(Locale.ROOT, "%.2f", value);
        return decimals.replaceFirst("\\.?0+$", "").replaceFirst("^-0$", "0");
    }

    private static String escaped(String content) {
        return content.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
