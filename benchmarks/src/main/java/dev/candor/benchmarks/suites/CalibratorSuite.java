package dev.candor.benchmarks.suites;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/** Measures calibrators and errors: beside Python, and how their time and memory grow. */
public final class CalibratorSuite extends Suite {

    private final LossShape logits;
    private final int confidences;
    private final int points;

    private CalibratorSuite(Builder builder) {
        super(builder);
        this.logits = builder.logits;
        this.confidences = builder.confidences;
        this.points = builder.points;
    }

    /**
     * Returns a builder.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    String name() {
        return "calibrators";
    }

    @Override
    boolean measure(JsonObject report, PrintWriter out) throws IOException {
        boolean kept = true;
        if (parts.contains(Part.PEERS)) {
            List<CalibratorDuel.Row> rows =
                    beside(
                            PythonPeer.CALIBRATORS,
                            report,
                            out,
                            peer ->
                                    new CalibratorDuel(seed, pairs, device, clock, peer)
                                            .run(logits, confidences, points, out));
            report.add("peers", array(rows.stream().map(CalibratorDuel.Row::toJson)));
            kept = kept(rows.stream().map(CalibratorDuel.Row::verdict));
            out.println();
        }
        return kept;
    }

    /** Options of a {@link CalibratorSuite}. */
    public static final class Builder extends Suite.Builder<Builder> {

        private LossShape logits = new LossShape(50_000, 1_000);
        private int confidences = 10_000_000;
        private int points = 1_000_000;

        private Builder() {
            super(Part.PEERS);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the sizes of the contests with Python.
         *
         * @param logits the logits of which a temperature is fitted, default 50,000 x 1,000
         * @param confidences the confidences of which an error is measured, default 10,000,000
         * @param points the points of an isotonic regression, default 1,000,000
         * @return this builder
         */
        public Builder optSizes(LossShape logits, int confidences, int points) {
            this.logits = logits;
            this.confidences = confidences;
            this.points = points;
            return this;
        }

        @Override
        public CalibratorSuite build() {
            return new CalibratorSuite(this);
        }
    }
}
