package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** The outcome of the demo as JSON: all that the HTML report shows. */
final class JsonReport {

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

    private JsonReport() {}

    static String of(DemoResult result) {
        JsonObject json = new JsonObject();
        json.add("setup", GSON.toJsonTree(result.setup()));
        json.add("versions", GSON.toJsonTree(result.versions()));
        JsonArray arms = new JsonArray();
        result.arms().forEach(arm -> arms.add(arm(arm)));
        json.add("arms", arms);
        return GSON.toJson(json) + "\n";
    }

    private static JsonObject arm(ArmResult arm) {
        JsonObject json = new JsonObject();
        json.addProperty("name", arm.name());
        json.addProperty("description", arm.description());
        json.add("temperature", Json.number(arm.temperature()));
        json.add("seconds", Json.number(arm.seconds()));
        json.add("before", arm.before().toJson());
        json.add("after", arm.after().toJson());
        JsonArray history = new JsonArray();
        for (EpochRecord epoch : arm.history()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("epoch", epoch.epoch());
            entry.add("ece", Json.number(epoch.ece()));
            entry.add("nll", Json.number(epoch.nll()));
            entry.add("temperature", Json.number(epoch.temperature()));
            history.add(entry);
        }
        json.add("history", history);
        return json;
    }

    /** Reads what {@link #of} wrote, without the arms of which a diagram is missing. */
    static DemoResult read(Fields json) {
        Fields setup = json.object("setup");
        List<ArmResult> arms = new ArrayList<>();
        for (Fields arm : json.objects("arms")) {
            CalibrationFigures before = CalibrationFigures.read(arm.object("before"));
            CalibrationFigures after = CalibrationFigures.read(arm.object("after"));
            if (before != null && after != null) {
                arms.add(
                        new ArmResult(
                                arm.text("name"),
                                arm.text("description"),
                                history(arm),
                                before,
                                after,
                                arm.number("temperature"),
                                arm.number("seconds")));
            }
        }
        return new DemoResult(
                new DemoResult.Setup(
                        setup.text("data"),
                        setup.whole("training"),
                        setup.whole("validation"),
                        setup.whole("test"),
                        setup.text("network"),
                        setup.text("schedule"),
                        setup.whole("seed"),
                        setup.whole("threads")),
                json.object("versions").texts(),
                arms);
    }

    private static List<EpochRecord> history(Fields arm) {
        return arm.objects("history").stream()
                .map(
                        epoch ->
                                new EpochRecord(
                                        epoch.whole("epoch"),
                                        epoch.number("ece"),
                                        epoch.number("nll"),
                                        epoch.number("temperature")))
                .toList();
    }
}
