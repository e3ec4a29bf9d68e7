package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.JniUtils;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.mockito.MockedStatic;
import org.mockito.Mockito;
import org.mockito.stubbing.Answer;

class StepCallsTest {

    private static final int BATCH = 8;

    private final StringWriter out = new StringWriter();

    /** Values that Java takes out of arrays in one step, also those that call no operator. */
    @SuppressWarnings("try")
    private static int reads(TrainingWay way) {
        try (StepTimer timer =
                new StepTimer(
                        SmallNetwork.WORKLOAD,
                        way,
                        BATCH,
                        DataType.FLOAT32,
                        7,
                        Device.cpu(),
                        Clock.WALL)) {
            timer.step();
            AtomicInteger reads = new AtomicInteger();
            Answer<Object> counting =
                    call -> {
                        if (call.getMethod().getName().equals("getByteBuffer")) {
                            reads.incrementAndGet();
                        }
                        return call.callRealMethod();
                    };
            try (MockedStatic<JniUtils> engine = Mockito.mockStatic(JniUtils.class, counting)) {
                timer.step();
            }
            return reads.get();
        }
    }

    @Test
    void onlyTheReportOfTheTrainerReadsAValue() {
        for (TrainingWay way : TrainingWay.ALL) {
            assertThat(reads(way)).as("%s", way).isEqualTo(way.members());
            assertThat(reads(way.unreported())).as("%s without a report", way).isZero();
        }
    }

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
