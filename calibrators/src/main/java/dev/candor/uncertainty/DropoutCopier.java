package dev.candor.uncertainty;

import ai.djl.nn.Block;
import ai.djl.nn.BlockList;
import ai.djl.nn.SymbolBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.recurrent.RecurrentBlock;
import ai.djl.util.Pair;
import ai.djl.util.PairList;
import dev.candor.internal.Checks;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies blocks so that dropout draws its masks and everything else evaluates.
 *
 * <p>A block hands the mode it is called with to its children, which it holds in fields of its own.
 * The copy shares parameters and all other state; where a child sits in a place that takes any
 * block, it is put behind a {@link FixedMode}. Where a field takes nothing but a {@link Dropout},
 * the block around it has to be called as in training, and its other children are held in
 * evaluation one by one. The original is not touched.
 */
final class DropoutCopier {

    private final boolean silent;
    private final Map<Block, Boolean> dropout = new IdentityHashMap<>();
    private final List<Map<Block, Block>> copies =
            List.of(new IdentityHashMap<>(), new IdentityHashMap<>());

    /**
     * Creates a copier.
     *
     * @param silent whether the dropout of the copies has rate 0, all else being equal
     */
    DropoutCopier(boolean silent) {
        this.silent = silent;
    }

    /** Whether a block, or one inside it, drops anything. */
    boolean hasDropout(Block block) {
        Boolean known = dropout.get(block);
        if (known != null) {
            return known;
        }
        dropout.put(block, isDropout(block));
        boolean found = isDropout(block);
        for (Block child : children(block)) {
            found |= hasDropout(child);
        }
        dropout.put(block, found);
        return found;
    }

    private static boolean isDropout(Block block) {
        if (block instanceof Dropout) {
            return (float) read(field(Dropout.class, "rate"), block) > 0;
        }
        if (block instanceof RecurrentBlock) {
            return (float) read(field(RecurrentBlock.class, "dropRate"), block) > 0
                    && (int) read(field(RecurrentBlock.class, "numLayers"), block) > 1;
        }
        return false;
    }

    /** Those that a block says it has, and those in its fields. */
    private static List<Block> children(Block block) {
        List<Block> found = new ArrayList<>(block.getChildren().values());
        if (block instanceof SymbolBlock || block instanceof Dropout) {
            return found;
        }
        for (Field field : fields(block.getClass())) {
            collect(read(field, block), found);
        }
        return found;
    }

    private static void collect(Object value, List<Block> found) {
        if (value instanceof Block block) {
            found.add(block);
        } else if (value instanceof PairList<?, ?> pairs) {
            pairs.values().forEach(entry -> collect(entry, found));
        } else if (value instanceof List<?> list) {
            list.forEach(entry -> collect(entry, found));
        } else if (value instanceof Map<?, ?> map) {
            map.values().forEach(entry -> collect(entry, found));
        } else if (value instanceof Block[] blocks) {
            found.addAll(List.of(blocks));
        }
    }

    /**
     * Copies a block.
     *
     * @param block the block
     * @return a block that draws masks whichever mode it is called with
     * @throws IllegalArgumentException if that cannot be done without more than dropout
     */
    Block copy(Block block) {
        Block copy = adapt(block, true, false);
        Checks.that(
                copy != null,
                "the dropout inside %s cannot be turned on alone: a block between them is held"
                        + " where no other block fits",
                block.getClass().getName());
        return copy;
    }

    /**
     * What stands in the place of a block.
     *
     * @param takesAny whether the place takes any block
     * @param called the mode that the place is called with
     * @return null where nothing fits
     */
    private Block adapt(Block block, boolean takesAny, boolean called) {
        if (!hasDropout(block)) {
            if (!called) {
                return block;
            }
            return takesAny ? new FixedMode(block, false) : evaluating(block);
        }
        Block direct = variant(block, called);
        if (direct != null || !takesAny) {
            return direct;
        }
        Block other = variant(block, !called);
        return other == null ? null : new FixedMode(other, !called);
    }

    /** A block of the same class that evaluates though it is called as in training. */
    private Block evaluating(Block block) {
        if (block instanceof SymbolBlock) {
            return null;
        }
        if (block instanceof BatchNorm norm) {
            return new EvaluatingBatchNorm(norm);
        }
        return children(block).isEmpty() ? block : variant(block, true);
    }

    /** A block of the same class that, called with this mode, draws masks and nothing else. */
    private Block variant(Block block, boolean called) {
        if (isDropout(block)) {
            return called ? source(block) : null;
        }
        Map<Block, Block> known = copies.get(called ? 1 : 0);
        if (!known.containsKey(block)) {
            Block copy = (Block) allocate(block.getClass());
            known.put(block, copy);
            if (!fill(copy, block, called)) {
                known.put(block, null);
            }
        }
        return known.get(block);
    }

    private Block source(Block block) {
        if (!silent) {
            return block;
        }
        if (block instanceof Dropout) {
            return Dropout.builder().optRate(0).build();
        }
        Block copy = (Block) allocate(block.getClass());
        for (Field field : fields(block.getClass())) {
            boolean rate = field.getName().equals("dropRate");
            write(field, copy, rate ? Float.valueOf(0) : read(field, block));
        }
        return copy;
    }

    private boolean fill(Block copy, Block original, boolean called) {
        for (Field field : fields(original.getClass())) {
            Object value = read(field, original);
            Object adapted = adaptValue(value, field.getGenericType(), called);
            if (adapted == null && value != null || !fits(field, adapted)) {
                return false;
            }
            write(field, copy, adapted);
        }
        return true;
    }

    private static boolean fits(Field field, Object value) {
        return value == null || field.getType().isPrimitive() || field.getType().isInstance(value);
    }

    private Object adaptValue(Object value, Type place, boolean called) {
        List<Block> inside = new ArrayList<>();
        collect(value, inside);
        if (inside.isEmpty()) {
            return value;
        }
        if (value instanceof Block block) {
            Class<?> type = raw(place);
            Block adapted = adapt(block, type.isAssignableFrom(FixedMode.class), called);
            return type.isInstance(adapted) ? adapted : null;
        }
        if (value instanceof PairList<?, ?> pairs) {
            return adaptPairs(pairs, place, called);
        }
        if (value instanceof List<?> list) {
            List<Object> adapted = new ArrayList<>();
            for (Object entry : list) {
                adapted.add(adaptValue(entry, argument(place, 0), called));
            }
            return adapted.contains(null) && !list.contains(null) ? null : adapted;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> adapted = new LinkedHashMap<>();
            map.forEach((key, v) -> adapted.put(key, adaptValue(v, argument(place, 1), called)));
            return adapted.containsValue(null) ? null : adapted;
        }
        Block[] blocks = (Block[]) value;
        Class<?> type = blocks.getClass().getComponentType();
        Object adapted = Array.newInstance(type, blocks.length);
        for (int i = 0; i < blocks.length; i++) {
            Object entry = adaptValue(blocks[i], type, called);
            if (entry == null) {
                return null;
            }
            Array.set(adapted, i, entry);
        }
        return adapted;
    }

    private Object adaptPairs(PairList<?, ?> pairs, Type place, boolean called) {
        boolean blocks = pairs instanceof BlockList;
        Type type = blocks ? Block.class : argument(place, 1);
        BlockList children = new BlockList(pairs.size());
        PairList<Object, Object> others = new PairList<>(pairs.size());
        for (Pair<?, ?> pair : pairs) {
            Object adapted = adaptValue(pair.getValue(), type, called);
            if (adapted == null) {
                return null;
            }
            if (blocks) {
                children.add((String) pair.getKey(), (Block) adapted);
            } else {
                others.add(pair.getKey(), adapted);
            }
        }
        return blocks ? children : others;
    }

    private static Type argument(Type place, int index) {
        if (place instanceof ParameterizedType type
                && type.getActualTypeArguments().length > index) {
            return type.getActualTypeArguments()[index];
        }
        return Object.class;
    }

    private static Class<?> raw(Type type) {
        if (type instanceof Class<?> known) {
            return known;
        }
        if (type instanceof ParameterizedType known) {
            return raw(known.getRawType());
        }
        if (type instanceof WildcardType known) {
            return raw(known.getUpperBounds()[0]);
        }
        return type instanceof TypeVariable<?> known ? raw(known.getBounds()[0]) : Object.class;
    }

    private static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> owner = type; owner != Object.class; owner = owner.getSuperclass()) {
            for (Field field : owner.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    fields.add(field);
                }
            }
        }
        return fields;
    }

    private static Field field(Class<?> type, String name) {
        try {
            return type.getDeclaredField(name);
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException("this version of DJL keeps no " + name, e);
        }
    }

    private static Object read(Field field, Object owner) {
        try {
            field.setAccessible(true);
            return field.get(owner);
        } catch (IllegalAccessException | InaccessibleObjectException e) {
            throw closed(field, e);
        }
    }

    private static void write(Field field, Object owner, Object value) {
        try {
            field.setAccessible(true);
            field.set(owner, value);
        } catch (IllegalAccessException | InaccessibleObjectException e) {
            throw closed(field, e);
        }
    }

    private static IllegalArgumentException closed(Field field, Exception cause) {
        Class<?> owner = field.getDeclaringClass();
        IllegalArgumentException refusal =
                Checks.illegal(
                        "cannot reach field %s of block %s to turn on the dropout in it: it should"
                                + " be a class, no record, of a package open to reflection",
                        field.getName(), owner.getName());
        refusal.initCause(cause);
        return refusal;
    }

    /** An object without running a constructor, as deserialisation makes it. */
    private static Object allocate(Class<?> type) {
        try {
            Class<?> factory = Class.forName("sun.reflect.ReflectionFactory");
            Object instance = factory.getMethod("getReflectionFactory").invoke(null);
            Constructor<?> constructor =
                    (Constructor<?>)
                            factory.getMethod(
                                            "newConstructorForSerialization",
                                            Class.class,
                                            Constructor.class)
                                    .invoke(instance, type, Object.class.getConstructor());
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot copy a block of " + type.getName(), e);
        }
    }
}
