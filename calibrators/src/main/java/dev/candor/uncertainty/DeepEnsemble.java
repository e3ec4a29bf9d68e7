package dev.candor.uncertainty;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Block;
import dev.candor.internal.Checks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Several networks of one architecture, trained from different seeds, that predict together.
 *
 * <pre>
 *   q = (1/M) sum_m softmax(f(x; theta_m))
 * </pre>
 *
 * <pre>{@code
 * try (DeepEnsemble ensemble = DeepEnsemble.load(directory, () -> newNetwork())) {
 *     PredictiveDistribution distribution = ensemble.predict(images);
 * }
 * }</pre>
 *
 * <p>Probabilities are averaged, not logits. Members are DJL parameter files {@code
 * member-00-0007.params} and so on, each loadable by {@link Model#load(Path, String)} as well; they
 * are written by the ensemble trainings of module training. {@link #load} holds all members in
 * memory, {@link #stream} one at a time, which reads the files anew for each call of predict.
 *
 * <p>Input: what the network takes, samples on the first axis; run 256 rows at a time. Output:
 * logits {@code [N, C]}. Members evaluate: nothing is drawn at random, nothing is written to them.
 * Calibrate the average, not the members: see {@link PredictiveDistribution}.
 *
 * <p>Source: Lakshminarayanan, Pritzel and Blundell, <i>Simple and Scalable Predictive Uncertainty
 * Estimation using Deep Ensembles</i>, NeurIPS 2017, arXiv:1612.01474.
 */
public final class DeepEnsemble implements AutoCloseable {

    private static final Pattern MEMBER = Pattern.compile("(member-\\d\\d+)-\\d{4}\\.params");
    private static final int ROWS_AT_ONCE = 256;

    private final List<Member> members;
    private final List<Model> owned;

    /** A network that is at hand while it predicts. */
    @FunctionalInterface
    private interface Member {
        NDArray logits(NDList inputs, NDManager manager);
    }

    private DeepEnsemble(List<Member> members, List<Model> owned) {
        this.members = List.copyOf(members);
        this.owned = List.copyOf(owned);
    }

    /**
     * Returns the ensemble of models at hand, which stay the caller's to close.
     *
     * @param models trained models whose blocks give logits, at least one
     * @return the ensemble
     */
    public static DeepEnsemble of(List<Model> models) {
        Checks.that(!models.isEmpty(), "no models, expected at least one");
        return new DeepEnsemble(members(models), List.of());
    }

    private static List<Member> members(List<Model> models) {
        List<Member> members = new ArrayList<>();
        for (Model model : models) {
            members.add((inputs, manager) -> logits(model, inputs, manager));
        }
        return members;
    }

    /**
     * Loads all members of a folder.
     *
     * @param directory the folder
     * @param network makes the network, without parameters
     * @return the ensemble, to be closed
     * @throws IOException if a file cannot be read, or does not fit the network
     * @throws IllegalArgumentException if the folder holds no members
     */
    public static DeepEnsemble load(Path directory, Supplier<Block> network) throws IOException {
        List<Model> models = new ArrayList<>();
        try {
            for (String name : names(directory)) {
                models.add(load(directory, name, network));
            }
        } catch (IOException | RuntimeException e) {
            models.forEach(Model::close);
            throw e;
        }
        return new DeepEnsemble(members(models), models);
    }

    /**
     * Returns the ensemble of the members of a folder, of which one at a time is in memory.
     *
     * @param directory the folder
     * @param network makes the network, without parameters
     * @return the ensemble
     * @throws IOException if the folder cannot be read
     * @throws IllegalArgumentException if the folder holds no members
     */
    public static DeepEnsemble stream(Path directory, Supplier<Block> network) throws IOException {
        List<Member> members = new ArrayList<>();
        for (String name : names(directory)) {
            members.add(
                    (inputs, manager) -> {
                        try (Model model = load(directory, name, network)) {
                            return logits(model, inputs, manager);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
        return new DeepEnsemble(members, List.of());
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names;
        try (Stream<Path> files = Files.list(directory)) {
            names =
                    files.map(file -> MEMBER.matcher(file.getFileName().toString()))
                            .filter(Matcher::matches)
                            .map(match -> match.group(1))
                            .distinct()
                            .sorted()
                            .toList();
        }
        Checks.that(
                !names.isEmpty(), "%s holds no members, such as member-00-0001.params", directory);
        return names;
    }

    private static Model load(Path directory, String name, Supplier<Block> network)
            throws IOException {
        Model model = Model.newInstance(name);
        try {
            model.setBlock(network.get());
            model.load(directory, name);
            return model;
        } catch (MalformedModelException | IOException | RuntimeException e) {
            model.close();
            throw new IOException(
                    String.format(
                            Locale.ROOT,
                            "%s: %s cannot be loaded: %s",
                            directory,
                            name,
                            e.getMessage()),
                    e);
        }
    }

    private static NDArray logits(Model model, NDList inputs, NDManager manager) {
        long rows = inputs.head().getShape().get(0);
        NDList parts = new NDList();
        try (NDManager scope = manager.newSubManager(inputs.head().getDevice())) {
            for (long first = 0; first < rows; first += ROWS_AT_ONCE) {
                NDIndex slice =
                        new NDIndex().addSliceDim(first, Math.min(rows, first + ROWS_AT_ONCE));
                try (NDManager pass = scope.newSubManager()) {
                    NDList part = new NDList(inputs.size());
                    for (NDArray input : inputs) {
                        part.add(input.get(pass, slice));
                    }
                    NDList outputs =
                            model.getBlock().forward(new DetachedParameters(pass), part, false);
                    NDArray logits = outputs.singletonOrThrow();
                    Checks.that(
                            logits.getShape().dimension() == 2,
                            "model '%s' gives an array of shape %s, expected [N, C]",
                            model.getName(),
                            logits.getShape());
                    logits.attach(scope);
                    parts.add(logits);
                }
            }
            NDArray all = NDArrays.concat(parts);
            all.attach(manager);
            return all;
        }
    }

    /**
     * Returns the number of members.
     *
     * @return M
     */
    public int size() {
        return members.size();
    }

    /**
     * Predicts a batch.
     *
     * @param input {@code [N, ...]}
     * @return the predictions of all members; they belong to the manager of the input
     * @throws IllegalArgumentException as {@link #predict(NDList)}
     */
    public PredictiveDistribution predict(NDArray input) {
        return predict(new NDList(input));
    }

    /**
     * Predicts a batch.
     *
     * @param inputs one or more arrays {@code [N, ...]}
     * @return the predictions of all members; they belong to the manager of the first input
     * @throws IllegalArgumentException if there is no row, or an output is not {@code [N, C]}
     * @throws UncheckedIOException if members are read one at a time, and one cannot be
     */
    public PredictiveDistribution predict(NDList inputs) {
        Checks.that(
                !inputs.isEmpty() && inputs.head().getShape().dimension() > 0,
                "no inputs, expected at least one array [N, ...]");
        Checks.that(
                inputs.head().getShape().size() > 0,
                "an input has shape %s, expected at least one row",
                inputs.head().getShape());
        NDManager manager = inputs.head().getManager();
        try (NDManager scope = manager.newSubManager(inputs.head().getDevice())) {
            NDList logits = new NDList();
            for (Member member : members) {
                logits.add(member.logits(inputs, scope));
            }
            NDArray all = NDArrays.stack(logits);
            all.attach(manager);
            try (NDArray stacked = all) {
                return PredictiveDistribution.of(stacked);
            }
        }
    }

    /** Closes the members that this ensemble has loaded. */
    @Override
    public void close() {
        owned.forEach(Model::close);
    }
}
