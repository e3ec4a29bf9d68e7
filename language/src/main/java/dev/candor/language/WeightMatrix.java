package dev.candor.language;

import java.util.Locale;

/** The matrices of a layer of a {@link TransformerEncoder}. */
public enum WeightMatrix {
    /** What a token looks for. */
    QUERY,
    /** By what a token is found. */
    KEY,
    /** What a token gives. */
    VALUE,
    /** Joins the heads of the attention. */
    OUTPUT,
    /** The first matrix of the feed-forward part. */
    EXPANSION,
    /** The second matrix of the feed-forward part. */
    CONTRACTION;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
