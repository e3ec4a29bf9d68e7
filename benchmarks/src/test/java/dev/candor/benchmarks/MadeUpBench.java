package dev.candor.benchmarks;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

/** Figures of a bench that never ran, with parts that no version of it has. */
final class MadeUpBench {

    private static final String REPORT =
            """
            {"version": 9, "suites": [
             {"suite": "losses", "seed": 7, "threads": 1, "pairs": 3, "device": "cpu()",
              "clock": "processor time of the thread",
              "machine": {"processor": "A <made> one", "processors": 2, "java": "17"},
              "peer": {"measures": "seconds", "torch": "2.0", "names": ["FocalLoss"]},
              "losses": [
               {"name": "FocalLoss", "shape": "4096x100",
                "milliseconds": {"median": 1.5, "min": 1.4, "max": 1.6},
                "ratioToCrossEntropy": {"median": 2.5, "min": 2.4, "max": 2.6},
                "ratioToTorch": {"median": 0.8, "min": 0.7, "max": 0.9}, "verdict": "pass"},
               {"name": "SlowLoss", "shape": "4096x100",
                "ratioToTorch": {"median": 1.31, "min": 1.2, "max": 1.4}, "verdict": "FAIL",
                "remark": "the value is 1, torch has 2"},
               {"name": "FocalLoss", "shape": "128x10", "ratioToTorch": 0.5, "verdict": "-"},
               {"name": "WithoutFigures", "shape": "128x10", "later": {"a": 1},
                "remark": "refused: <too large>"}],
              "trainingStep": [
               {"name": "CrossEntropyLoss + SoftBinnedEceLoss",
                "ratioToCrossEntropy": {"median": 1.02, "min": 0.97, "max": 1.04},
                "verdict": "pass"}],
              "peakMemory": [
               {"name": "MmceLoss", "shape": "4096x100", "peakMebibytes": 612.4,
                "mebibytesBefore": 250.0, "verdict": "pass"}],
              "ceilings": {"bandwidth": "4.0 TB/s", "bytesPerSecond": 6.75E10},
              "calls": [
               {"name": "FocalLoss", "shape": "4096x100", "calls": 18, "hostReads": 0,
                "verdict": "pass"}],
              "engineThings": [
               {"name": "FocalLoss", "a": 1.0, "bb": 1000000000, "cccccccccccccccccccccc": 1.5,
                "dddddddddddddddddddddd": 1.5, "eeeeeeeeeeeeeeeeeeeeeee": 1.5,
                "ffffffffffffffffffffff": 1.5, "gggggggggggggggggggggg": 1.5,
                "hhhhhhhhhhhhhhhhhhhhhh": 1.5, "iiiiiiiiiiiiiiiiiiiiii": 1.5,
                "verdict": "pass"}],
              "numbers": [1, 2, 3], "nothing": null, "barsKept": false},
             {"suite": "calibrators", "seed": 7, "threads": 1, "pairs": 3, "device": "gpu(0)",
              "clock": "wall time", "peerSkipped": "No module named 'torch'",
              "peers": [
               {"name": "TemperatureScaling", "peer": "temperature-lbfgs", "shape": "500x10",
                "timesFaster": {"median": 30.0, "min": 20.0, "max": 40.0}, "bar": 20.0,
                "verdict": "pass"},
               {"name": "IsotonicCalibration", "peer": "isotonic", "shape": "100x1",
                "milliseconds": {"median": 3.0, "min": 2.0, "max": 4.0}, "bar": 0.0,
                "verdict": "-"}],
              "growth": [
               {"name": "temperature", "axis": "samples", "shape": "1000x10",
                "milliseconds": {"median": 1.0, "min": 0.9, "max": 1.1},
                "applyMilliseconds": {"median": 0.1, "min": 0.1, "max": 0.1}},
               {"name": "temperature", "axis": "samples", "shape": "100000x10",
                "milliseconds": {"median": 90.0, "min": 80.0, "max": 99.0},
                "applyMilliseconds": {"median": 8.0, "min": 8.0, "max": 9.0}},
               {"name": "vector", "axis": "samples", "shape": "1000x10",
                "milliseconds": {"median": 4.0, "min": 4.0, "max": 5.0}},
               {"name": "vector", "axis": "classes", "shape": "1000x10",
                "milliseconds": {"median": 4.0, "min": 4.0, "max": 5.0}},
               {"name": "none", "axis": "classes", "shape": "odd"}],
              "exponents": [
               {"name": "temperature", "axis": "samples", "fit": 0.98, "apply": 0.95},
               {"name": "vector", "axis": "samples"}],
              "memory": [
               {"name": "sms", "shape": "500x10", "mebibytesOfFit": 300.0, "verdict": "FAIL"},
               {"name": "temperature", "shape": "500x10", "mebibytesOfFit": 0.0,
                "verdict": "pass"}]},
             {"suite": "training", "steps": [
               {"name": "demo", "way": "plain", "type": "float32", "shape": "32",
                "ratioToPlain": {"median": 1.0, "min": 0.99, "max": 1.01}},
               {"name": "demo", "way": "dropout", "type": "float16", "shape": "32",
                "ratioToPlain": {"median": 1.07, "min": 1.05, "max": 1.09}},
               {"name": "demo", "way": "ensemble of 5", "type": "float32", "shape": "32",
                "ratioToPlain": {"median": 5.1, "min": 5.0, "max": 5.2}}],
              "epochs": {"rounds": 3, "epochs": [
               {"training": "soft-binned ECE, monitor",
                "cpuMilliseconds": {"median": 900.0, "min": 880.0, "max": 950.0},
                "ratio": {"median": 1.03, "min": 1.01, "max": 1.04}}]}},
             {"suite": "inference", "device": "cpu()", "predictions": [
               {"name": "demo", "way": "one pass", "shape": "16",
                "ratioToOnePass": {"median": 1.0, "min": 1.0, "max": 1.0}, "verdict": "-"},
               {"name": "demo", "way": "McDropout of 32", "shape": "16",
                "ratioToOnePass": {"median": 1.6, "min": 1.5, "max": 1.7},
                "timesFasterThanLoop": {"median": 20.0, "min": 19.0, "max": 22.0},
                "verdict": "pass"}]}]}
            """;

    private MadeUpBench() {}

    /** All suites, as {@code --json} writes them. */
    static JsonObject report() {
        return JsonParser.parseString(REPORT).getAsJsonObject();
    }
}
