package dev.candor.benchmarks;

import ai.djl.training.loss.Loss;
import dev.candor.language.ManifoldRegularisation;
import dev.candor.losses.CrossEntropyLoss;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What a classifier of texts is trained with.
 *
 * @param name the name on the command line
 * @param loss makes the loss
 * @param manifold moves embeddings; null for none
 */
record TextLoss(String name, Supplier<Loss> loss, ManifoldRegularisation manifold) {

    private static final Map<String, TextLoss> LOSSES = new LinkedHashMap<>();

    static {
        add("ce", LossStudy.loss("CrossEntropyLoss"), null);
        for (String name : LossStudy.losses()) {
            if (!name.equals("CrossEntropyLoss")) {
                String shorter = name.replaceFirst("Loss$", "");
                add(
                        Character.toLowerCase(shorter.charAt(0)) + shorter.substring(1),
                        LossStudy.loss(name),
                        null);
            }
        }
        addManifold("onManifold", ManifoldRegularisation.builder().optOffWeight(0));
        addManifold("offManifold", ManifoldRegularisation.builder().optOnWeight(0));
        addManifold("onOffManifold", ManifoldRegularisation.builder());
    }

    private static void add(String name, Supplier<Loss> loss, ManifoldRegularisation manifold) {
        LOSSES.put(name, new TextLoss(name, loss, manifold));
    }

    private static void addManifold(String name, ManifoldRegularisation.Builder builder) {
        add(name, CrossEntropyLoss::of, builder.build());
    }

    /** All of them, cross-entropy first. */
    static List<TextLoss> all() {
        return new ArrayList<>(LOSSES.values());
    }

    /** The one of this name; null if there is none. */
    static TextLoss of(String name) {
        return LOSSES.get(name);
    }

    @Override
    public String toString() {
        return name;
    }

    /** Finds losses by name. */
    static final class Converter implements ITypeConverter<TextLoss>, Iterable<String> {

        @Override
        public TextLoss convert(String name) {
            TextLoss loss = of(name);
            if (loss == null) {
                throw new TypeConversionException(
                        String.format("'%s' is none of %s", name, String.join(", ", this)));
            }
            return loss;
        }

        @Override
        public Iterator<String> iterator() {
            return LOSSES.keySet().iterator();
        }
    }
}
