package dev.candor.calibrators.language;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** An argument that must be refused. */
final class Refusal {

    private Refusal() {}

    static void refuses(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
