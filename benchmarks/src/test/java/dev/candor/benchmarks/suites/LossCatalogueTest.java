package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.training.loss.Loss;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LossCatalogueTest {

    /** Forms and parts of other losses, which are measured with those. */
    private static final Set<String> NOT_MEASURED = Set.of("CompositeLoss", "ScheduledFocalLoss");

    static List<LossCatalogue.Entry> entries() {
        return LossCatalogue.all();
    }

    @ParameterizedTest
    @MethodSource("entries")
    void everyLossCanBeMeasured(LossCatalogue.Entry entry) {
        LossShape shape = new LossShape(64, 5);
        try (NDManager manager = NDManager.newBaseManager();
                LossInputs inputs = new LossInputs(manager, shape, 7)) {
            Timing time =
                    LossPass.measure(
                            entry.factory().apply(shape), entry.input(), inputs, 3, Clock.WALL);
            assertThat(time.value()).isFinite();
            assertThat(time.seconds()).isPositive();
        }
    }

    @Test
    void everyLossOfTheLibraryIsMeasured() {
        Set<String> losses =
                new ClassFileImporter()
                        .importPackagesOf(dev.candor.losses.CompositeLoss.class).stream()
                                .filter(type -> type.isAssignableTo(Loss.class))
                                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                                .filter(
                                        type ->
                                                !type.getModifiers()
                                                        .contains(JavaModifier.ABSTRACT))
                                .map(JavaClass::getSimpleName)
                                .filter(name -> !NOT_MEASURED.contains(name))
                                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> measured =
                entries().stream()
                        .map(entry -> entry.name().replaceAll(":.*", ""))
                        .filter(name -> !name.equals("engine"))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(measured).isEqualTo(losses);
    }

    @Test
    void theTorchSideKnowsEveryLoss() throws IOException {
        String script;
        try (InputStream stream = getClass().getResourceAsStream("/peers/losses.py")) {
            script = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(entries())
                .allSatisfy(entry -> assertThat(script).contains('"' + entry.name() + "\": "));
    }

    @Test
    void leavesOutWhatDoesNotFitIntoMemory() {
        LossShape manyRows = new LossShape(65536, 10);
        assertThat(LossCatalogue.of("KdeCalibrationLoss").fits(manyRows)).isFalse();
        assertThat(LossCatalogue.of("FocalLoss").fits(manyRows)).isTrue();
    }

    @Test
    void namesTheLossesWhenOneIsUnknown() {
        assertThatThrownBy(() -> LossCatalogue.of("HingeLoss"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("loss = HingeLoss, expected one of [CrossEntropyLoss, ");
    }
}
