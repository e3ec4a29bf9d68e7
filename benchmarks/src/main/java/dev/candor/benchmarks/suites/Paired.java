package dev.candor.benchmarks.suites;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * Steps of one way to train beside steps of others, in alternating order.
 *
 * @param milliseconds of a step of the one
 * @param ratios of its time to that of each of the others, one for each pair
 */
record Paired(Spread milliseconds, List<Spread> ratios) {

    /** Measures after a block of each for warming up. */
    static Paired of(
            StepTimer measured, StepTimer base, int pairs, int blocksPerPair, int stepsPerBlock) {
        return of(measured::run, List.of(base::run), pairs, blocksPerPair, stepsPerBlock);
    }

    /** Takes functions from a number of steps to the seconds of one. */
    static Paired of(
            IntToDoubleFunction measured,
            List<IntToDoubleFunction> bases,
            int pairs,
            int blocksPerPair,
            int stepsPerBlock) {
        bases.forEach(base -> base.applyAsDouble(stepsPerBlock));
        measured.applyAsDouble(stepsPerBlock);
        double[] milliseconds = new double[pairs];
        double[][] ratios = new double[bases.size()][pairs];
        for (int pair = 0; pair < pairs; pair++) {
            double[] ours = new double[blocksPerPair];
            double[][] theirs = new double[bases.size()][blocksPerPair];
            for (int block = 0; block < blocksPerPair; block++) {
                boolean oursFirst = (pair + block) % 2 == 0;
                if (oursFirst) {
                    ours[block] = measured.applyAsDouble(stepsPerBlock);
                }
                for (int base = 0; base < bases.size(); base++) {
                    theirs[base][block] = bases.get(base).applyAsDouble(stepsPerBlock);
                }
                if (!oursFirst) {
                    ours[block] = measured.applyAsDouble(stepsPerBlock);
                }
            }
            milliseconds[pair] = Spread.median(ours) * 1e3;
            for (int base = 0; base < bases.size(); base++) {
                ratios[base][pair] = Spread.median(ours) / Spread.median(theirs[base]);
            }
        }
        List<Spread> spreads = new ArrayList<>();
        for (double[] ratio : ratios) {
            spreads.add(Spread.of(ratio));
        }
        return new Paired(Spread.of(milliseconds), spreads);
    }

    /** The ratio to the first of the others. */
    Spread ratio() {
        return ratios.get(0);
    }
}
