package dev.candor.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.candor.internal.Scalars;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of the house, over the classes of all modules. */
class ArchitectureTest {

    private static final String[] LOSSES = {
        "dev.candor.losses..", "dev.candor.metrics..", "dev.candor.internal.."
    };
    private static final String[] CALIBRATORS = {
        "dev.candor.calibrators..", "dev.candor.uncertainty..", "dev.candor.nd4j.."
    };
    private static final String TRAINING = "dev.candor.training..";
    private static final String LANGUAGE = "dev.candor.language..";
    private static final String BENCHMARKS = "dev.candor.benchmarks..";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.candor");

    @Test
    void seesEachModule() {
        Set<String> packages =
                CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
        assertThat(packages)
                .contains(
                        "dev.candor.internal",
                        "dev.candor.losses",
                        "dev.candor.metrics",
                        "dev.candor.calibrators",
                        "dev.candor.benchmarks");
    }

    @Test
    void modulesDependInOneDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("losses")
                .definedBy(LOSSES)
                .layer("calibrators")
                .definedBy(CALIBRATORS)
                .layer("training")
                .definedBy(TRAINING)
                .layer("language")
                .definedBy(LANGUAGE)
                .layer("benchmarks")
                .definedBy(BENCHMARKS)
                .whereLayer("benchmarks")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("language")
                .mayOnlyBeAccessedByLayers("benchmarks")
                .whereLayer("training")
                .mayOnlyBeAccessedByLayers("language", "benchmarks")
                .whereLayer("calibrators")
                .mayOnlyBeAccessedByLayers("training", "language", "benchmarks")
                .check(CLASSES);
    }

    @Test
    void packagesDependOnEachOtherWithoutCycles() {
        slices().matching("dev.candor.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void lossesAndMetricsNeedNothingButDjlAndSlf4j() {
        String[] allowed =
                Stream.concat(
                                Stream.of(LOSSES),
                                Stream.of("java..", "ai.djl", "ai.djl.(**)", "org.slf4j.."))
                        .toArray(String[]::new);
        classes()
                .that()
                .resideInAnyPackage(LOSSES)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .check(CLASSES);
    }

    @Test
    void onlyTheProfileNeedsACertainEngine() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.candor.benchmarks.suites.EngineProfile")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl.pytorch..")
                .check(CLASSES);
    }

    @Test
    void onlyTheProgramUsesLibrariesForPrograms() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BENCHMARKS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "picocli..",
                        "me.tongfei..",
                        "org.jline..",
                        "org.knowm..",
                        "org.openjdk.jmh..")
                .check(CLASSES);
    }

    @Test
    void onlyTheBridgeKnowsNd4j() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.candor.nd4j..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..")
                .check(CLASSES);
    }

    /** The command line writes to what picocli hands it. */
    @Test
    void nothingWritesToTheStandardStreams() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
    }

    @Test
    void onlyTheProgramEndsTheProcess() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.candor.benchmarks.Candor")
                .should()
                .callMethod(System.class, "exit", int.class)
                .check(CLASSES);
    }

    @Test
    void internalTypesStayInternal() {
        classes()
                .that()
                .resideOutsideOfPackage("dev.candor..internal..")
                .and()
                .arePublic()
                .should(nameNoInternalTypeInTheirInterface())
                .check(CLASSES);
    }

    @Test
    void aLeakIsFound() {
        JavaClasses leaks = new ClassFileImporter().importClasses(Leak.class, Seal.class);
        assertThat(
                        classes()
                                .should(nameNoInternalTypeInTheirInterface())
                                .evaluate(leaks)
                                .getFailureReport()
                                .getDetails())
                .singleElement()
                .asString()
                .contains("Leak.counters(", "names dev.candor.internal.Scalars");
    }

    /** Names an internal type where users see it. */
    public static class Leak {

        /** Returns something hidden in a list. */
        protected List<Scalars> counters() {
            return List.of();
        }
    }

    /** Names an internal type where users do not see it. */
    public static class Seal {

        private final Class<Scalars> counter = Scalars.class;

        Class<Scalars> counter() {
            return counter;
        }
    }

    private static ArchCondition<JavaClass> nameNoInternalTypeInTheirInterface() {
        return new ArchCondition<>("name no internal type in their public interface") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Stream<JavaType> parents =
                        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
                parents.flatMap(parent -> parent.getAllInvolvedRawTypes().stream())
                        .filter(ArchitectureTest::isInternal)
                        .forEach(leak -> report(type.getName(), leak, events));
                // Inherited members too: a public class may have a package-private parent.
                type.getAllMembers().stream()
                        .filter(
                                member ->
                                        member.getOwner().getPackageName().startsWith("dev.candor"))
                        .filter(ArchitectureTest::isVisible)
                        .forEach(
                                member ->
                                        member.getAllInvolvedRawTypes().stream()
                                                .filter(ArchitectureTest::isInternal)
                                                .forEach(
                                                        leak ->
                                                                report(
                                                                        member.getFullName(),
                                                                        leak,
                                                                        events)));
            }

            private void report(String place, JavaClass leak, ConditionEvents events) {
                events.add(SimpleConditionEvent.violated(leak, place + " names " + leak.getName()));
            }
        };
    }

    private static boolean isVisible(JavaMember member) {
        return !member.getModifiers().contains(JavaModifier.SYNTHETIC)
                && (member.getModifiers().contains(JavaModifier.PUBLIC)
                        || member.getModifiers().contains(JavaModifier.PROTECTED));
    }

    private static boolean isInternal(JavaClass type) {
        return type.getPackageName().matches("dev\\.candor\\.(.+\\.)?internal(\\..+)?");
    }
}
