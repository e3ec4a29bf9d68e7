package dev.candor.benchmarks.suites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class FreshJvmTest {

    /** Does what its second argument says. */
    public static final class Probe {

        private Probe() {}

        public static void main(String... arguments) throws IOException {
            switch (arguments[1]) {
                case "halt" -> {
                    System.err.println("no luck");
                    Runtime.getRuntime().halt(9);
                }
                case "throw" -> throw new IllegalStateException("no memory");
                default -> {
                    JsonObject json = new JsonObject();
                    json.addProperty("told", arguments[1]);
                    FreshJvm.answer(arguments, json);
                }
            }
        }
    }

    private static FreshJvm jvm(String argument) {
        return FreshJvm.of(Probe.class, 1).arguments(argument);
    }

    @Test
    void returnsTheAnswer() throws IOException {
        assertThat(jvm("this").answer("nothing").get("told").getAsString()).isEqualTo("this");
    }

    @Test
    void tellsHowAProcessEnded() throws IOException {
        FreshJvm.Outcome outcome = jvm("halt").run();
        assertThat(outcome.status()).isEqualTo(9);
        assertThat(outcome.answer()).isNull();
        assertThat(outcome.lastWords()).isEqualTo("no luck");
    }

    @Test
    void failsWithTheExceptionOfTheProcess() {
        assertThatThrownBy(() -> jvm("throw").answer("the memory of it"))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "measuring the memory of it ended with 1: java.lang.IllegalStateException:"
                                + " no memory");
    }

    @Test
    void findsTheReasonAmongWhatIsPrinted() {
        assertThat(FreshJvm.lastWords("one\nterminate called\n  what():  no type\nAborted"))
                .isEqualTo("no type");
        assertThat(FreshJvm.lastWords("#\n# the last that tells\n#\n\n"))
                .isEqualTo("# the last that tells");
        assertThat(FreshJvm.lastWords("")).isEmpty();
    }
}
