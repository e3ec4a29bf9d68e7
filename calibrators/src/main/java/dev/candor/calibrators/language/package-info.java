/**
 * Confidence of language models: from logits, from tokens, or from what they say of themselves.
 *
 * <p>A {@link dev.candor.calibrators.language.LanguageModel} is a function from tokens to logits;
 * what needs no more than answers takes texts. Of answers, some cannot be parsed: they are counted,
 * never guessed. Confidences of answers and whether these are right make {@link
 * dev.candor.metrics.Forecasts}, which the metrics measure. Corrections of the logits of labels or
 * options, such as {@link dev.candor.calibrators.ContextualCalibration} and {@link
 * dev.candor.calibrators.BatchCalibration}, are calibrators like others.
 */
package dev.candor.calibrators.language;
