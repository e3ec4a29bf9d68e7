"""Makes the files of this folder.

Made by numpy 2.4.6; the numbers of expected.json by scikit-learn 1.9.1 (accuracy, nll), torchmetrics
1.9.0 (ece, mce) and numpy (brier, eceEqualMass: of 12 rows in 15 bins each has its own).
"""

import json

import numpy as np
import torch
from sklearn.metrics import accuracy_score, log_loss
from torchmetrics.functional.classification import multiclass_calibration_error

LOGITS = np.array(
    [[4, 1, -1], [2.5, 2, 0], [0.5, 3.5, -0.5], [-1, 2, 1.5], [0, -1, 5], [1, 0.5, 3],
     [3, 0, 2.5], [1.5, 4.5, 0], [-0.5, 0, 2], [5, 1, 0], [0, 2, 1], [2, -1, 3.5]])
LABELS = np.array([0, 1, 1, 2, 2, 2, 0, 1, 0, 0, 1, 0])
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)


def changed(array, at, value):
    copy = array.copy()
    copy[at] = value
    return copy


# Good files.
np.savez("float64.npz", logits=LOGITS, labels=LABELS)
np.savez("float32.npz", logits=LOGITS.astype("f4"), labels=LABELS.astype("i4"))
np.savez("float16.npz", logits=LOGITS.astype("f2"), labels=LABELS.astype("u1"))
np.savez("big_endian.npz", logits=LOGITS.astype(">f8"), labels=LABELS.astype(">i2"))
np.savez("fortran.npz", logits=np.asfortranarray(LOGITS), labels=LABELS.astype("f4"))
np.savez("column_labels.npz", logits=LOGITS, labels=LABELS[:, None].astype("f8"))
np.savez("more_keys.npz", logits=LOGITS, labels=LABELS, names=np.array([["a", "b"]]))
np.savez_compressed("compressed.npz", logits=LOGITS, labels=LABELS)
np.savez("probabilities.npz", probabilities=PROBABILITIES, labels=LABELS)
np.savez("unlabelled.npz", logits=LOGITS)
np.savez(
    "certain_and_wrong.npz",
    probabilities=np.array([[1, 0], [0.5, 0.5], [0, 1], [1, 0.0]]),
    labels=np.array([0, 0, 1, 1]),
)
np.savez("rows_of_mass_one.npz", logits=PROBABILITIES, labels=LABELS)

# Files to refuse.
np.savez("no_scores.npz", scores=LOGITS, labels=LABELS)
np.savez("both.npz", logits=LOGITS, probabilities=PROBABILITIES, labels=LABELS)
np.savez("flat_logits.npz", logits=LOGITS[:, 0], labels=LABELS)
np.savez("one_class.npz", logits=LOGITS[:, :1], labels=LABELS * 0)
np.savez("no_rows.npz", logits=LOGITS[:0], labels=LABELS[:0])
np.savez("scalar_labels.npz", logits=LOGITS, labels=np.array(1))
np.savez("square_labels.npz", logits=LOGITS, labels=np.eye(3)[LABELS])
np.savez("fewer_labels.npz", logits=LOGITS, labels=LABELS[:-1])
np.savez("label_out_of_range.npz", logits=LOGITS, labels=changed(LABELS, 7, 3))
np.savez("label_negative.npz", logits=LOGITS, labels=changed(LABELS, 5, -1))
np.savez("label_fraction.npz", logits=LOGITS, labels=changed(LABELS.astype("f4"), 2, 0.5))
np.savez("label_nan.npz", logits=LOGITS, labels=changed(LABELS.astype("f4"), 2, np.nan))
np.savez("nan.npz", logits=changed(LOGITS, (9, 1), np.nan), labels=LABELS)
np.savez("infinity.npz", logits=changed(LOGITS, (4, 2), np.inf), labels=LABELS)
np.savez("probability_nan.npz", probabilities=changed(PROBABILITIES, (3, 0), np.nan), labels=LABELS)
np.savez("probability_negative.npz", probabilities=changed(PROBABILITIES, (3, 0), -0.5), labels=LABELS)
np.savez("probability_mass.npz", probabilities=changed(PROBABILITIES, (6, 0), 0), labels=LABELS)
np.savez("text_logits.npz", logits=LOGITS.astype(str), labels=LABELS)
np.savez("whole_logits.npz", logits=LOGITS.astype("i8"), labels=LABELS)
np.savez("object_labels.npz", logits=LOGITS, labels=LABELS.astype(object))
np.savez("complex_logits.npz", logits=LOGITS.astype("c16"), labels=LABELS)
np.save("single.npy", LOGITS)

# What is measured of the good files.
predicted = PROBABILITIES.argmax(1)


def calibration_error(norm):
    return multiclass_calibration_error(
        torch.tensor(PROBABILITIES), torch.tensor(LABELS), num_classes=3, n_bins=15, norm=norm
    ).item()


expected = {
    "accuracy": accuracy_score(LABELS, predicted),
    "nll": log_loss(LABELS, PROBABILITIES),
    "brier": np.square(PROBABILITIES - np.eye(3)[LABELS]).sum(1).mean(),
    "ece": calibration_error("l1"),
    "eceEqualMass": np.abs((predicted == LABELS) - PROBABILITIES.max(1)).mean(),
    "mce": calibration_error("max"),
    "n": len(LABELS),
    "classes": 3,
}
with open("expected.json", "w") as out:
    json.dump(expected, out, indent=2)
    out.write("\n")
