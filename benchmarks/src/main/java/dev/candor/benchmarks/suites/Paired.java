package dev.candor.benchmarks.suites;

/**
 * Steps of one way to train beside steps of another, in alternating order.
 *
 * @param milliseconds of a step of the one
 * @param ratio of its time to that of the other, one for each pair
 */
record Paired(Spread milliseconds, Spread ratio) {

    /** Measures after a block of each for warming up. */
    static Paired of(
            StepTimer measured, StepTimer base, int pairs, int blocksPerPair, int stepsPerBlock) {
        base.run(stepsPerBlock);
        measured.run(stepsPerBlock);
        double[] milliseconds = new double[pairs];
        double[] ratios = new double[pairs];
        for (int pair = 0; pair < pairs; pair++) {
            double[] ours = new double[blocksPerPair];
            double[] theirs = new double[blocksPerPair];
            for (int block = 0; block < blocksPerPair; block++) {
                boolean oursFirst = (pair + block) % 2 == 0;
                if (oursFirst) {
                    ours[block] = measured.run(stepsPerBlock);
                }
                theirs[block] = base.run(stepsPerBlock);
                if (!oursFirst) {
                    ours[block] = measured.run(stepsPerBlock);
                }
            }
            milliseconds[pair] = Spread.median(ours) * 1e3;
            ratios[pair] = Spread.median(ours) / Spread.median(theirs);
        }
        return new Paired(Spread.of(milliseconds), Spread.of(ratios));
    }
}
