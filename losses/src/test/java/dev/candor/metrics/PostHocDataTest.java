package dev.candor.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PostHocDataTest {

    @Test
    void setBIsTheOneOnWhichTheGoldenValuesWereMade() {
        assertThat(PostHocData.B.logits[0])
                .containsExactly(
                        new double[] {3.41770215, 2.8399526, -2.20325873, 5.09483238},
                        within(1e-8));
        assertThat(Arrays.stream(PostHocData.B.logits).flatMapToDouble(Arrays::stream).sum())
                .isCloseTo(-2.06719888404, within(1e-10));
        assertThat(PostHocData.B.labels)
                .startsWith(3, 2, 2, 1, 1, 2, 2, 3, 0, 2, 1, 2, 0, 2, 0, 3, 0, 1, 1, 0);
        assertThat(Arrays.stream(PostHocData.B.labels).sum()).isEqualTo(299);
    }
}
