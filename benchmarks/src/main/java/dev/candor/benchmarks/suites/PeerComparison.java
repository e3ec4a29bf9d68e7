package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Forward and backward pass of each loss beside plain cross-entropy and beside torch.
 *
 * <p>A pair is one measurement of each side, taken one after the other in alternating order, and
 * gives one ratio; the table tells the median of the ratios and their range. The torch side also
 * tells the value of its loss, without which a ratio would not compare the same formula.
 */
final class PeerComparison {

    /** The shape at which losses linear in N are held to the time of torch. */
    static final LossShape BAR_SHAPE = new LossShape(4096, 100);

    static final double BAR = 1.0;

    private static final double RELATIVE_AGREEMENT = 1e-3;
    private static final double ABSOLUTE_AGREEMENT = 1e-5;
    private static final double SECONDS_PER_MEASUREMENT = 0.1;
    private static final int FEWEST_REPETITIONS = 3;
    private static final int MOST_REPETITIONS = 300;

    private static final LossShape WARM_UP_SHAPE = new LossShape(32, 4);
    private static final int WARM_UP_PASSES = 6000;

    private static final String HEADER = "%-32s %-9s %10s %8s %28s %28s  %s%n";

    private final long seed;
    private final int pairs;
    private final PythonPeer peer;
    private final Device device;
    private final Clock clock;
    private final Ceilings ceilings;

    /** Takes {@code null} as the peer where there is none. */
    PeerComparison(
            long seed, int pairs, PythonPeer peer, Device device, Clock clock, Ceilings ceilings) {
        this.seed = seed;
        this.pairs = pairs;
        this.peer = peer;
        this.device = device;
        this.clock = clock;
        this.ceilings = ceilings;
    }

    /**
     * One row of the table; {@code torch} is null without a peer, {@code bandwidth} as {@link
     * Ceilings#share} has it.
     */
    record Row(
            String loss,
            LossShape shape,
            Spread milliseconds,
            double bandwidth,
            Spread crossEntropy,
            Spread torch,
            Verdict verdict,
            String remark) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", loss);
            json.addProperty("shape", shape.toString());
            json.add("milliseconds", milliseconds.toJson());
            if (!Double.isNaN(bandwidth)) {
                json.addProperty("shareOfBandwidth", bandwidth);
            }
            json.add("ratioToCrossEntropy", crossEntropy.toJson());
            if (torch != null) {
                json.add("ratioToTorch", torch.toJson());
            }
            json.addProperty("verdict", verdict.toString());
            if (!remark.isEmpty()) {
                json.addProperty("remark", remark);
            }
            return json;
        }
    }

    List<Row> run(List<LossCatalogue.Entry> losses, List<LossShape> shapes, PrintWriter out)
            throws IOException {
        out.printf(
                HEADER,
                "loss",
                "shape",
                "ms",
                "% memory",
                "x cross-entropy",
                "x torch",
                "at most " + BAR);
        List<Row> rows = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager(device)) {
            warmUp(losses, manager);
            for (LossShape shape : shapes) {
                try (LossInputs inputs = new LossInputs(manager, shape, seed)) {
                    for (LossCatalogue.Entry entry : losses) {
                        if (entry.fits(shape)) {
                            Row row = compare(entry, inputs);
                            rows.add(row);
                            print(row, out);
                        }
                    }
                }
            }
        }
        if (rows.stream().anyMatch(row -> row.loss.startsWith(LossCatalogue.Entry.ENGINE))) {
            out.printf(
                    "%s: the kernel alone, the floor of losses that begin with it.%n",
                    LossCatalogue.Entry.ENGINE);
        }
        out.print(Ceilings.explanation());
        return rows;
    }

    /** Lets the virtual machine compile what lies between a loss and the engine. */
    private void warmUp(List<LossCatalogue.Entry> losses, NDManager manager) {
        int passes = Math.max(1, WARM_UP_PASSES / losses.size());
        try (LossInputs inputs = new LossInputs(manager, WARM_UP_SHAPE, seed)) {
            for (LossCatalogue.Entry entry : losses) {
                Loss loss = entry.factory().apply(WARM_UP_SHAPE);
                LossPass.measure(loss, entry.input(), inputs, passes, clock);
            }
        }
    }

    private Row compare(LossCatalogue.Entry entry, LossInputs inputs) throws IOException {
        if (peer == null || !peer.knows(entry.name())) {
            return alone(entry, inputs, "");
        }
        try {
            return beside(entry, inputs);
        } catch (PythonPeer.TooLargeException e) {
            return alone(entry, inputs, "too large for torch: " + e.getMessage());
        }
    }

    private Row alone(LossCatalogue.Entry entry, LossInputs inputs, String remark) {
        Side ours = new Side(entry, inputs);
        Side crossEntropy = new Side(LossCatalogue.of(LossCatalogue.CROSS_ENTROPY), inputs);
        double[] milliseconds = new double[pairs];
        double[] toCrossEntropy = new double[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            double seconds = ours.measure().seconds();
            milliseconds[pair] = seconds * 1e3;
            toCrossEntropy[pair] = seconds / crossEntropy.measure().seconds();
        }
        return new Row(
                entry.name(),
                inputs.shape(),
                Spread.of(milliseconds),
                share(inputs, milliseconds),
                Spread.of(toCrossEntropy),
                null,
                Verdict.NO_BAR,
                remark);
    }

    private Row beside(LossCatalogue.Entry entry, LossInputs inputs)
            throws IOException, PythonPeer.TooLargeException {
        int torchRepetitions = repetitions(torch(entry, inputs, 1).seconds());
        Side ours = new Side(entry, inputs);
        Side crossEntropy = new Side(LossCatalogue.of(LossCatalogue.CROSS_ENTROPY), inputs);
        double[] milliseconds = new double[pairs];
        double[] toCrossEntropy = new double[pairs];
        double[] toTorch = new double[pairs];
        double torchValue = Double.NaN;
        for (int pair = 0; pair < pairs; pair++) {
            boolean torchFirst = pair % 2 == 0;
            Timing torch = torchFirst ? torch(entry, inputs, torchRepetitions) : null;
            Timing our = ours.measure();
            if (!torchFirst) {
                torch = torch(entry, inputs, torchRepetitions);
            }
            milliseconds[pair] = our.seconds() * 1e3;
            toCrossEntropy[pair] = our.seconds() / crossEntropy.measure().seconds();
            toTorch[pair] = our.seconds() / torch.seconds();
            torchValue = torch.value();
        }
        Spread torchRatio = Spread.of(toTorch);
        boolean agree = agree(ours.value, torchValue);
        return new Row(
                entry.name(),
                inputs.shape(),
                Spread.of(milliseconds),
                share(inputs, milliseconds),
                Spread.of(toCrossEntropy),
                torchRatio,
                verdict(entry, inputs.shape(), torchRatio, agree),
                agree
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "the value is %.6g, torch has %.6g",
                                ours.value,
                                torchValue));
    }

    private double share(LossInputs inputs, double[] milliseconds) {
        return ceilings.share(inputs.shape(), Spread.median(milliseconds) * 1e-3);
    }

    private Timing torch(LossCatalogue.Entry entry, LossInputs inputs, int repetitions)
            throws IOException, PythonPeer.TooLargeException {
        return peer.measure(entry.name(), inputs.shape().toString(), repetitions);
    }

    private static Verdict verdict(
            LossCatalogue.Entry entry, LossShape shape, Spread torch, boolean agree) {
        if (!agree) {
            return Verdict.FAIL;
        }
        if (!entry.hasBar() || !shape.equals(BAR_SHAPE)) {
            return Verdict.NO_BAR;
        }
        return Verdict.of(torch.median() <= BAR);
    }

    static boolean agree(double ours, double torch) {
        return Math.abs(ours - torch) <= ABSOLUTE_AGREEMENT + RELATIVE_AGREEMENT * Math.abs(torch);
    }

    private static int repetitions(double seconds) {
        double wanted = SECONDS_PER_MEASUREMENT / Math.max(seconds, 1e-9);
        return (int) Math.max(FEWEST_REPETITIONS, Math.min(MOST_REPETITIONS, wanted));
    }

    private static void print(Row row, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                HEADER,
                row.loss,
                row.shape,
                String.format(Locale.ROOT, "%.4f", row.milliseconds.median()),
                Ceilings.percent(row.bandwidth),
                row.crossEntropy,
                row.torch == null ? "-" : row.torch,
                (row.verdict + " " + row.remark).strip());
    }

    /** A loss on inputs, with the number of repetitions that a first try suggests. */
    private final class Side {

        private final LossCatalogue.Entry entry;
        private final LossInputs inputs;
        private final Loss loss;
        private final int repetitions;
        private final double value;

        Side(LossCatalogue.Entry entry, LossInputs inputs) {
            this.entry = entry;
            this.inputs = inputs;
            this.loss = entry.factory().apply(inputs.shape());
            Timing first = LossPass.measure(loss, entry.input(), inputs, 1, clock);
            this.repetitions = repetitions(first.seconds());
            this.value = first.value();
        }

        Timing measure() {
            return LossPass.measure(loss, entry.input(), inputs, repetitions, clock);
        }
    }
}
