package dev.candor.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A JSON object of another version of this program: what it lacks, or holds in another form, reads
 * as nothing.
 */
record Fields(JsonObject json) {

    Set<String> names() {
        return json.keySet();
    }

    boolean has(String name) {
        return json.has(name) && !json.get(name).isJsonNull();
    }

    private JsonPrimitive primitive(String name) {
        JsonElement value = json.get(name);
        return value instanceof JsonPrimitive primitive ? primitive : null;
    }

    /** A text, or a number as a text; empty where there is none. */
    String text(String name) {
        JsonPrimitive value = primitive(name);
        return value == null ? "" : value.getAsString();
    }

    /** A number; NaN where there is none. */
    double number(String name) {
        return number(primitive(name));
    }

    private static double number(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isNumber()
                ? primitive.getAsDouble()
                : Double.NaN;
    }

    /** A whole number; 0 where there is none. */
    int whole(String name) {
        return (int) number(name);
    }

    /** Numbers, NaN where one is null; none where there are none. */
    double[] numbers(String name) {
        JsonArray array = array(name);
        return IntStream.range(0, array.size()).mapToDouble(i -> number(array.get(i))).toArray();
    }

    private JsonArray array(String name) {
        return json.get(name) instanceof JsonArray array ? array : new JsonArray();
    }

    /** An object; an empty one where there is none. */
    Fields object(String name) {
        return new Fields(json.get(name) instanceof JsonObject object ? object : new JsonObject());
    }

    /** The objects of an array, without what else it holds. */
    List<Fields> objects(String name) {
        List<Fields> objects = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (element instanceof JsonObject object) {
                objects.add(new Fields(object));
            }
        }
        return objects;
    }

    /** The texts of an array, without what else it holds. */
    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (element instanceof JsonPrimitive) {
                texts.add(element.getAsString());
            }
        }
        return texts;
    }

    /** The texts and numbers of this object by their names. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : names()) {
            if (primitive(name) != null) {
                texts.put(name, text(name));
            }
        }
        return texts;
    }
}
