package dev.candor.benchmarks.suites;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the engine did during a piece of work, by its own profiler: what the thread of the work
 * called, and what the engine did on threads of its own to compute gradients for it.
 *
 * <p>Native memory is what operators took, each without those that it calls. What an operator takes
 * and gives back by itself is not seen, nor are arrays made from numbers in Java. The figure is
 * rounded, as the profiler prints three digits or so. On a GPU the profiler tells of host memory
 * alone.
 *
 * <p>Reads by the host are operators whose result the program has to wait for: a value taken out, a
 * search for what is not zero, a selection by a mask, a comparison of all elements. On the CPU a
 * plain read, {@code getFloat} or {@code toArray}, looks into the memory of the array and calls no
 * operator, so that it is not counted. On a GPU the same read copies into host memory, and every
 * such copy counts.
 *
 * @param calls operators that no other operator called: by the program, and by the engine for
 *     gradients
 * @param backwardCalls those of the calls that the engine made for gradients
 * @param operators all operators, at any depth
 * @param bytes native memory that operators took, or -1 where the profiler does not tell
 * @param hostReads reads by the host
 * @param costliest operators by the time that they took without those that they called, longest
 *     first
 */
record EngineProfile(
        int calls,
        int backwardCalls,
        int operators,
        long bytes,
        int hostReads,
        List<Operator> costliest) {

    private static final String OPERATOR = "aten::";
    private static final String GRADIENT = "autograd::";
    private static final Set<String> HOST_READS =
            Set.of(
                    "aten::item",
                    "aten::_local_scalar_dense",
                    "aten::is_nonzero",
                    "aten::nonzero",
                    "aten::masked_select",
                    "aten::equal");
    private static final String COPY = "aten::_to_copy";
    private static final Map<String, Long> UNITS =
            Map.of("b", 1L, "Kb", 1L << 10, "Mb", 1L << 20, "Gb", 1L << 30);
    private static final double ROUNDING = 0.005;

    /**
     * All uses of one operator.
     *
     * @param name of the operator
     * @param uses how often it ran
     * @param microseconds in all, without the operators that it called
     */
    record Operator(String name, int uses, double microseconds) {

        JsonObject toJson() {
            JsonObject json = new JsonObject();
            json.addProperty("name", name);
            json.addProperty("uses", uses);
            json.addProperty("microseconds", microseconds);
            return json;
        }
    }

    /** Work that is done twice, the second time under the profiler. */
    static EngineProfile of(Device device, Runnable work) {
        work.run();
        return once(device, work);
    }

    /** Work that is done under the profiler at once, for a caller that has done it before. */
    static EngineProfile once(Device device, Runnable work) {
        try {
            Path trace = Files.createTempFile("candor-profile", ".json");
            try {
                // Without its GPU times, which the engine would not write.
                JniUtils.startProfile(false, false, true);
                try {
                    work.run();
                } finally {
                    JniUtils.stopProfile(trace.toString());
                }
                try (Reader reader = Files.newBufferedReader(trace)) {
                    return read(JsonParser.parseReader(reader).getAsJsonArray(), device.isGpu());
                }
            } finally {
                Files.delete(trace);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The time of all operators together. */
    double microseconds() {
        return costliest.stream().mapToDouble(Operator::microseconds).sum();
    }

    /** One event of the trace, with those that happened within it. */
    private static final class Event {

        private final String name;
        private final double start;
        private final double microseconds;
        private final Memory host;
        private final Memory device;
        private final List<Event> inner = new ArrayList<>();

        Event(JsonObject json) {
            name = json.get("name").getAsString();
            start = number(json, "ts");
            microseconds = number(json, "dur");
            host = Memory.of(json.get("cpu mem"));
            device = Memory.of(json.get("cuda mem"));
        }

        private static double number(JsonObject json, String name) {
            return json.has(name) ? json.get(name).getAsDouble() : 0;
        }

        private boolean isOperator() {
            return name.startsWith(OPERATOR);
        }

        private boolean isHostRead(boolean gpu) {
            return HOST_READS.contains(name)
                    || gpu
                            && (name.equals(COPY) && host.bytes > 0
                                    || name.contains("DtoH")
                                    || name.contains("StreamSynchronize"));
        }

        private double ownMicroseconds() {
            return microseconds - inner.stream().mapToDouble(event -> event.microseconds).sum();
        }
    }

    /** What an event left allocated, which the profiler rounds to two digits after the point. */
    private record Memory(double bytes, double rounding) {

        private static final Memory UNKNOWN = new Memory(0, 0);

        private static Memory of(JsonElement text) {
            if (text == null) {
                return UNKNOWN;
            }
            String[] parts = text.getAsString().split(" ");
            Long unit = parts.length == 2 ? UNITS.get(parts[1]) : null;
            return unit == null
                    ? UNKNOWN
                    : new Memory(
                            Double.parseDouble(parts[0]) * unit, unit == 1 ? 0 : ROUNDING * unit);
        }

        /** Without what the inner events left; zero where that is within the rounding. */
        private double own(List<Memory> inner) {
            double own = bytes - inner.stream().mapToDouble(Memory::bytes).sum();
            double uncertain = rounding + inner.stream().mapToDouble(Memory::rounding).sum();
            return Math.abs(own) <= uncertain ? 0 : own;
        }
    }

    static EngineProfile read(JsonArray trace, boolean gpu) {
        Tally tally = new Tally(gpu);
        for (Deque<Event> outermost : threads(trace).values()) {
            outermost.descendingIterator().forEachRemaining(event -> tally.add(event, Place.TOP));
        }
        return tally.toProfile();
    }

    /** Events are listed in the order in which they end: what an event holds stands before it. */
    private static Map<String, Deque<Event>> threads(JsonArray trace) {
        Map<String, Deque<Event>> threads = new LinkedHashMap<>();
        for (JsonElement element : trace) {
            JsonObject json = element.getAsJsonObject();
            String thread = json.get("pid") + " " + json.get("tid");
            Deque<Event> ended = threads.computeIfAbsent(thread, any -> new ArrayDeque<>());
            Event event = new Event(json);
            while (!ended.isEmpty() && ended.peek().start >= event.start) {
                event.inner.add(0, ended.pop());
            }
            ended.push(event);
        }
        return threads;
    }

    /** What encloses an event. */
    private record Place(boolean operator, boolean gradient, boolean hostRead) {

        private static final Place TOP = new Place(false, false, false);
    }

    /** Sums over events. */
    private static final class Tally {

        private final boolean gpu;
        private final Map<String, List<Double>> times = new LinkedHashMap<>();
        private int calls;
        private int backwardCalls;
        private int operators;
        private double hostBytes;
        private double deviceBytes;
        private int hostReads;

        Tally(boolean gpu) {
            this.gpu = gpu;
        }

        private void add(Event event, Place place) {
            if (event.isOperator()) {
                operators++;
                if (!place.operator) {
                    calls++;
                    backwardCalls += place.gradient ? 1 : 0;
                }
                times.computeIfAbsent(event.name, name -> new ArrayList<>())
                        .add(event.ownMicroseconds());
            }
            boolean hostRead = event.isHostRead(gpu);
            hostReads += hostRead && !place.hostRead ? 1 : 0;
            hostBytes += Math.max(0, own(event, true));
            deviceBytes += Math.max(0, own(event, false));
            Place within =
                    new Place(
                            place.operator || event.isOperator(),
                            place.gradient || event.name.startsWith(GRADIENT),
                            place.hostRead || hostRead);
            event.inner.forEach(inner -> add(inner, within));
        }

        private static double own(Event event, boolean host) {
            Memory memory = host ? event.host : event.device;
            return memory.own(
                    event.inner.stream().map(inner -> host ? inner.host : inner.device).toList());
        }

        private EngineProfile toProfile() {
            List<Operator> costliest =
                    times.entrySet().stream()
                            .map(
                                    entry ->
                                            new Operator(
                                                    entry.getKey(),
                                                    entry.getValue().size(),
                                                    entry.getValue().stream()
                                                            .mapToDouble(Double::doubleValue)
                                                            .sum()))
                            .sorted(Comparator.comparingDouble(Operator::microseconds).reversed())
                            .toList();
            boolean unknown = gpu && deviceBytes == 0;
            return new EngineProfile(
                    calls,
                    backwardCalls,
                    operators,
                    unknown ? -1 : Math.round(gpu ? deviceBytes : hostBytes),
                    hostReads,
                    costliest);
        }
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("calls", calls);
        json.addProperty("backwardCalls", backwardCalls);
        json.addProperty("operators", operators);
        if (bytes >= 0) {
            json.addProperty("nativeBytes", bytes);
        }
        json.addProperty("hostReads", hostReads);
        json.add("costliest", Suite.array(costliest.stream().limit(5).map(Operator::toJson)));
        return json;
    }
}
