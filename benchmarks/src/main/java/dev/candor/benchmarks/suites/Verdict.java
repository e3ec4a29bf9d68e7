package dev.candor.benchmarks.suites;

/** Whether a measured figure keeps its bar. */
enum Verdict {
    PASS("pass"),
    FAIL("FAIL"),
    NO_BAR("-");

    private final String text;

    Verdict(String text) {
        this.text = text;
    }

    static Verdict of(boolean kept) {
        return kept ? PASS : FAIL;
    }

    @Override
    public String toString() {
        return text;
    }
}
