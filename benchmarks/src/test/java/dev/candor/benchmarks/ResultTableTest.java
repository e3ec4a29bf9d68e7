package dev.candor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTableTest {

    private static final DemoResult RESULT = MadeUpResults.threeArms();
    private static final ResultTable TABLE = new ResultTable(RESULT);

    @Test
    void fitsEightyColumns() {
        assertThat(TABLE.toString(80).lines()).allMatch(line -> line.length() < 80);
    }

    @Test
    void hasALineForEachMeasurement() {
        List<String> lines = TABLE.toString(120).lines().toList();
        assertThat(lines).hasSize(1 + 3 * RESULT.arms().size());
        assertThat(lines.get(0).trim().split(" {2,}| (?=T)| (?=mass)"))
                .containsExactly("accuracy", "NLL", "Brier", "ECE-15", "mass ECE", "MCE", "T", "s");
        for (int i = 0; i < RESULT.arms().size(); i++) {
            ArmResult arm = RESULT.arms().get(i);
            assertThat(lines.get(1 + 3 * i)).isEqualTo(arm.name());
            assertThat(lines.get(2 + 3 * i).trim().split(" {2,}"))
                    .containsExactly(
                            "as trained",
                            format(arm.before().accuracy()),
                            format(arm.before().nll()),
                            format(arm.before().brier()),
                            format(arm.before().ece()),
                            format(arm.before().eceEqualMass()),
                            format(arm.before().mce()),
                            "71");
            assertThat(lines.get(3 + 3 * i))
                    .startsWith("  temperature scaled")
                    .endsWith(String.format(Locale.ROOT, "%.2f", arm.temperature()));
        }
    }

    @Test
    void standsUprightWhereTheTerminalIsNarrow() {
        List<String> lines = TABLE.toString(40).lines().toList();
        assertThat(lines).allMatch(line -> line.length() <= 40);
        ArmResult arm = RESULT.arms().get(0);
        assertThat(lines.subList(0, 3))
                .containsExactly(
                        "cross-entropy, 71 s",
                        "                 trained    T = 2.40",
                        "  accuracy        "
                                + format(arm.before().accuracy())
                                + "      "
                                + format(arm.after().accuracy()));
    }

    @Test
    void isEmptyWithoutArms() {
        DemoResult none = new DemoResult(RESULT.setup(), Map.of(), List.of());
        assertThat(new ResultTable(none).toString(40)).isEmpty();
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
