package dev.candor.training.augmentation;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import ai.djl.util.RandomUtils;
import dev.candor.internal.Checks;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Draws samples so that each class is as frequent as any other: a class at random, then a sample of
 * it, with replacement. An epoch has as many samples as the set.
 *
 * <pre>{@code
 * builder.setSampling(new BatchSampler(ClassBalancedSampler.of(labels), 128));
 * }</pre>
 *
 * <p>Classes without a sample are left out. What a network learns so are probabilities under equal
 * class frequencies: measure and calibrate them on data as it comes.
 *
 * <p>Each epoch draws a seed of its own from DJL's random numbers.
 */
public final class ClassBalancedSampler implements Sampler.SubSampler {

    private final int[][] samplesOf;
    private final int size;

    private ClassBalancedSampler(int[][] samplesOf, int size) {
        this.samplesOf = samplesOf;
        this.size = size;
    }

    /**
     * Returns a sampler.
     *
     * @param labels the class of each sample of the set, none negative
     * @return the sampler
     */
    public static ClassBalancedSampler of(int... labels) {
        Checks.atLeast("labels.length", labels.length, 1);
        for (int i = 0; i < labels.length; i++) {
            Checks.atLeast("labels[" + i + "]", labels[i], 0);
        }
        int[][] samplesOf =
                Arrays.stream(labels)
                        .distinct()
                        .sorted()
                        .mapToObj(
                                label ->
                                        IntStream.range(0, labels.length)
                                                .filter(sample -> labels[sample] == label)
                                                .toArray())
                        .toArray(int[][]::new);
        return new ClassBalancedSampler(samplesOf, labels.length);
    }

    @Override
    public Iterator<Long> sample(RandomAccessDataset dataset) {
        Checks.that(
                dataset.size() == size, "a set of %d samples for %d labels", dataset.size(), size);
        SplittableRandom random = new SplittableRandom(RandomUtils.RANDOM.nextLong());
        return new Iterator<>() {
            private int drawn;

            @Override
            public boolean hasNext() {
                return drawn < size;
            }

            @Override
            public Long next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the epoch is over");
                }
                drawn++;
                int[] samples = samplesOf[random.nextInt(samplesOf.length)];
                return (long) samples[random.nextInt(samples.length)];
            }
        };
    }
}
