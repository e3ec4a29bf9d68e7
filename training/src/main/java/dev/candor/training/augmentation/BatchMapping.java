package dev.candor.training.augmentation;

import ai.djl.training.dataset.Batch;
import ai.djl.translate.Batchifier;
import java.util.Iterator;
import java.util.function.Function;
import java.util.function.Supplier;

/** The batches of a data set, each with other arrays in its place. */
final class BatchMapping {

    private BatchMapping() {}

    static Iterable<Batch> of(Iterable<Batch> batches, Function<Batch, LabelledBatch> mapping) {
        return of(batches, () -> mapping);
    }

    /** Asks for a mapping at the start of each pass. */
    static Iterable<Batch> of(
            Iterable<Batch> batches, Supplier<Function<Batch, LabelledBatch>> mappings) {
        return () -> {
            Iterator<Batch> source = batches.iterator();
            Function<Batch, LabelledBatch> mapping = mappings.get();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return source.hasNext();
                }

                @Override
                public Batch next() {
                    Batch batch = source.next();
                    LabelledBatch mapped = mapping.apply(batch);
                    return new Batch(
                            batch.getManager(),
                            mapped.data(),
                            mapped.labels(),
                            batch.getSize(),
                            Batchifier.STACK,
                            Batchifier.STACK,
                            batch.getProgress(),
                            batch.getProgressTotal(),
                            batch.getIndices());
                }
            };
        };
    }
}
