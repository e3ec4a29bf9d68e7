package dev.candor.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import dev.candor.uncertainty.DeepEnsemble;
import dev.candor.uncertainty.PredictiveDistribution;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DeepEnsembleTrainingTest {

    private static final double ROUNDING = 1e-12;

    @TempDir private Path directory;

    private Toy toy;
    private int epochsSeen;

    @BeforeEach
    void open() {
        toy = new Toy();
    }

    @AfterEach
    void close() {
        toy.close();
    }

    private DeepEnsembleTraining.Builder builder() {
        return DeepEnsembleTraining.builder()
                .setDirectory(directory)
                .setNetwork(Toy::network)
                .setConfig(this::config)
                .setInputShapes(Toy.INPUT)
                .optMembers(3)
                .optEpochs(2)
                .optSeed(11);
    }

    private DefaultTrainingConfig config() {
        return Toy.config()
                .addTrainingListeners(
                        new TrainingListenerAdapter() {
                            @Override
                            public void onEpoch(Trainer trainer) {
                                epochsSeen++;
                            }
                        });
    }

    private void train(DeepEnsembleTraining.Builder builder) throws Exception {
        epochsSeen = 0;
        builder.build().train(toy.dataset(true), null);
    }

    private Map<String, byte[]> members() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> found = Files.list(directory)) {
            for (Path file : found.filter(f -> f.toString().endsWith(".params")).toList()) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    @Test
    void trainsMembersThatDiffer() throws Exception {
        train(builder());
        assertThat(members())
                .containsOnlyKeys(
                        "member-00-0002.params", "member-01-0002.params", "member-02-0002.params");
        assertThat(epochsSeen).isEqualTo(6);
        try (DeepEnsemble ensemble = DeepEnsemble.load(directory, Toy::network)) {
            PredictiveDistribution distribution = ensemble.predict(toy.features);
            assertThat(distribution.samples()).isEqualTo(3);
            assertThat(distribution.size()).isEqualTo(Toy.ROWS);
            assertThat(distribution.mutualInformation().min().getDouble()).isPositive();
        }
    }

    @Test
    void recordsTheSeedOfEachMember() throws Exception {
        train(builder());
        for (int member = 0; member < 3; member++) {
            assertThat(new MemberFile(directory, member).properties().orElseThrow())
                    .containsEntry("seed", Integer.toString(11 + member))
                    .containsEntry("epochs", "2");
        }
    }

    @Test
    void goesOnFromTheFirstMemberThatIsMissing() throws Exception {
        train(builder());
        Map<String, byte[]> expected = members();
        Files.delete(directory.resolve("member-01-0002.params"));
        Files.createDirectory(directory.resolve(".member-01.left-behind"));
        train(builder());
        assertThat(epochsSeen).isEqualTo(2);
        Map<String, byte[]> found = members();
        assertThat(found).containsOnlyKeys(expected.keySet());
        found.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(expected.get(name)));
        train(builder());
        assertThat(epochsSeen).isZero();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void losesAtMostOneMemberWhenKilled() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-Dai.djl.offline=true",
                                KilledTraining.class.getName(),
                                directory.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            while (process.isAlive() && members().size() < 2) {
                Thread.sleep(20);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        Map<String, byte[]> left = members();
        assertThat(left).hasSizeGreaterThanOrEqualTo(2).hasSizeLessThan(KilledTraining.MEMBERS);
        int members = left.size() + 1;
        train(KilledTraining.builder(directory).setConfig(this::config).optMembers(members));
        assertThat(epochsSeen).isEqualTo(KilledTraining.EPOCHS);
        Map<String, byte[]> found = members();
        assertThat(found).hasSize(members);
        left.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
        try (DeepEnsemble ensemble = DeepEnsemble.load(directory, Toy::network)) {
            assertThat(ensemble.size()).isEqualTo(members);
        }
    }

    /** Trains more members than anyone waits for. */
    static final class KilledTraining {

        static final int MEMBERS = 60;
        static final int EPOCHS = 15;

        private KilledTraining() {}

        static DeepEnsembleTraining.Builder builder(Path directory) {
            return DeepEnsembleTraining.builder()
                    .setDirectory(directory)
                    .setNetwork(Toy::network)
                    .setConfig(Toy::config)
                    .setInputShapes(Toy.INPUT)
                    .optMembers(MEMBERS)
                    .optEpochs(EPOCHS);
        }

        public static void main(String[] arguments) throws Exception {
            try (Toy toy = new Toy()) {
                builder(Path.of(arguments[0])).build().train(toy.dataset(true), null);
            }
        }
    }

    @Test
    void refusesMembersOfAnotherTraining() throws Exception {
        train(builder());
        assertThatThrownBy(() -> train(builder().optSeed(12)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("member-00 was trained with seed 11, expected 12");
        assertThatThrownBy(() -> train(builder().optEpochs(3)))
                .hasMessageEndingWith("member-00 was trained with epochs 2, expected 3");
        assertThatThrownBy(() -> train(builder().optAdversarialStep(.1)))
                .hasMessageEndingWith("was trained with adversarialStep 0.0, expected 0.1");
    }

    @Test
    void leavesAMemberToWhoeverTrainsItAlready() throws Exception {
        Path guard = directory.resolve(".member-01.lock");
        try (FileChannel channel =
                        FileChannel.open(
                                guard, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatThrownBy(() -> train(builder()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another thread of this process trains member-01");
        }
        assertThat(members()).containsOnlyKeys("member-00-0002.params");
    }

    @Test
    void oneMemberInMemoryPredictsAsAllDo() throws Exception {
        train(builder());
        try (DeepEnsemble all = DeepEnsemble.load(directory, Toy::network);
                DeepEnsemble each = DeepEnsemble.stream(directory, Toy::network)) {
            assertThat(each.size()).isEqualTo(all.size());
            NDArray many = toy.features.tile(new long[] {9, 1});
            int before = toy.manager.getManagedArrays().size();
            double[] expected = all.predict(many).probabilities().toDoubleArray();
            double[] found = each.predict(many).probabilities().toDoubleArray();
            assertThat(found).isEqualTo(expected);
            assertThat(toy.manager.getManagedArrays()).hasSize(before + 4);
        }
    }

    @Test
    void averagesTheMembers() throws Exception {
        train(builder());
        List<Model> models = new ArrayList<>();
        try (DeepEnsemble ensemble = DeepEnsemble.load(directory, Toy::network)) {
            for (int member = 0; member < 3; member++) {
                Model model = Model.newInstance("member-0" + member);
                models.add(model);
                model.setBlock(Toy.network());
                model.load(directory, model.getName());
            }
            try (DeepEnsemble same = DeepEnsemble.of(models)) {
                assertThat(same.predict(toy.features).mean().toDoubleArray())
                        .containsExactly(
                                ensemble.predict(toy.features).mean().toDoubleArray(),
                                within(ROUNDING));
            }
            assertThat(models.get(0).getNDManager().isOpen()).isTrue();
        } finally {
            models.forEach(Model::close);
        }
    }

    @Test
    void adversarialTrainingChangesTheMembers() throws Exception {
        train(builder().optMembers(1));
        Map<String, byte[]> plain = members();
        Files.delete(directory.resolve("member-00-0002.params"));
        train(builder().optMembers(1).optAdversarialStep(.05));
        assertThat(epochsSeen).isEqualTo(2);
        assertThat(members().get("member-00-0002.params"))
                .isNotEqualTo(plain.get("member-00-0002.params"));
    }

    @Test
    void refusesWhatIsMissingOrWrong() {
        assertThatThrownBy(() -> DeepEnsembleTraining.builder().build())
                .hasMessage("no directory for the members: call setDirectory");
        assertThatThrownBy(() -> builder().setNetwork(null).build())
                .hasMessage("no network: call setNetwork");
        assertThatThrownBy(() -> builder().optMembers(0))
                .hasMessage("members = 0, expected at least 1");
        assertThatThrownBy(() -> builder().optAdversarialStep(-1))
                .hasMessage("adversarialStep = -1.0, expected a finite value >= 0");
        assertThatThrownBy(() -> DeepEnsemble.load(directory, Toy::network))
                .hasMessage(directory + " holds no members, such as member-00-0001.params");
        assertThatThrownBy(() -> DeepEnsemble.of(List.of()))
                .hasMessage("no models, expected at least one");
    }

    @Test
    void saysWhichFileIsDamaged() throws Exception {
        train(builder());
        Path file = directory.resolve("member-02-0002.params");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> DeepEnsemble.load(directory, Toy::network))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(directory + ": member-02 cannot be loaded");
    }
}
