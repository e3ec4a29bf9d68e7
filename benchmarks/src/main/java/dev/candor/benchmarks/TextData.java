package dev.candor.benchmarks;

import dev.candor.language.LabelledTexts;
import java.util.List;

/**
 * The texts of each purpose.
 *
 * @param training to train on
 * @param validation to fit the calibrator to
 * @param test to measure
 * @param strange texts of none of the classes; null for none
 */
record TextData(
        LabelledTexts training,
        LabelledTexts validation,
        LabelledTexts test,
        List<String> strange) {}
