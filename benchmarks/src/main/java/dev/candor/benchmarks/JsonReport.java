package dev.candor.benchmarks;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.candor.metrics.CalibrationReport;
import dev.candor.metrics.ReliabilityDiagram;
import java.util.Arrays;

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
        json.add("before", report(arm.before()));
        json.add("after", report(arm.after()));
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

    private static JsonObject report(CalibrationReport report) {
        JsonObject json = EvaluateCommand.toJson(report);
        ReliabilityDiagram diagram = report.diagram();
        JsonObject bins = new JsonObject();
        bins.add("edges", numbers(diagram.edges()));
        bins.add("counts", GSON.toJsonTree(diagram.counts()));
        bins.add("accuracy", numbers(diagram.accuracy()));
        bins.add("confidence", numbers(diagram.confidence()));
        json.add("bins", bins);
        return json;
    }

    private static JsonElement numbers(double[] values) {
        JsonArray array = new JsonArray();
        Arrays.stream(values).mapToObj(Json::number).forEach(array::add);
        return array;
    }
}
