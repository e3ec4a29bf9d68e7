package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepCallsTest {

    private static final int BATCH = 8;

    private final StringWriter out = new StringWriter();

    @Test
    void tellsCallsBesideThoseOfPlainTraining() {
        List<StepCalls.Row> rows =
                new StepCalls(7, Device.cpu())
                        .run(List.of(SmallNetwork.WORKLOAD), BATCH, new PrintWriter(out, true));
        assertThat(rows).hasSameSizeAs(TrainingWay.ALL);
        StepCalls.Row plain = rows.get(0);
        assertThat(plain.step().calls()).isGreaterThan(plain.unreported().calls());
        assertThat(rows.get(1).step().calls()).isGreaterThan(plain.step().calls());
        assertThat(rows.get(1).verdict()).isEqualTo(Verdict.PASS);
        assertThat(rows.get(3).step().calls()).isEqualTo(5 * plain.step().calls());
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 100);
    }
}
