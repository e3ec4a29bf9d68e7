"""What users of torch, torchmetrics and scikit-learn fit and measure, as a peer of the calibrators.

    calibrators.py --check      tries each on small inputs against its definition
    calibrators.py --describe   what is measured and with which versions, as JSON
    calibrators.py --serve      answers requests from standard input, see peer.py

Peers that a Python lacks are left out. The value of an answer: of a temperature the mean negative
log-likelihood that it reaches, of the expected calibration error the error, of isotonic regression
the mean squared error of its fit.
"""

import math
import statistics
import sys
from functools import cached_property

from peer import SEED, Peer, normal, shift_right, splitmix64, uniform

import torch
import torch.nn.functional as F

BINS = 15
CHUNK = 1 << 22


class Inputs:
    """Seeded logits and labels, or with one class confidences and whether they were right."""

    def __init__(self, rows, classes, seed=SEED):
        self.rows, self.classes, self.seed = rows, classes, seed

    @cached_property
    def labels(self):
        return shift_right(splitmix64(self.seed, 0, self.rows), 1) % self.classes

    @cached_property
    def logits(self):
        count = self.rows * self.classes
        z = torch.empty(count)
        for start in range(0, count, CHUNK):
            size = min(CHUNK, count - start)
            z[start : start + size] = 2 * normal(self.seed, 1, size, start)
        z = z.view(self.rows, self.classes)
        z[torch.arange(self.rows), self.labels] += 4
        return z

    @cached_property
    def confidence(self):
        return uniform(self.seed, 3, self.rows)

    @cached_property
    def correct(self):
        return uniform(self.seed, 4, self.rows) < self.confidence.square()


def likelihood(logits, labels, temperature):
    return F.cross_entropy(logits / temperature, labels).item()


def lbfgs_temperature(inputs):
    """The recipe that is passed around: raw temperature from 1.5, no line search."""
    temperature = torch.nn.Parameter(torch.tensor([1.5]))
    optimizer = torch.optim.LBFGS([temperature], lr=0.01, max_iter=50)

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(inputs.logits / temperature, inputs.labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    return temperature.item()


def bisected_temperature(inputs, steps=30, bound=16.0):
    """The sign of the derivative in the inverse temperature, halving an interval of its log."""
    low, high = -bound, bound
    of_label = inputs.logits.gather(1, inputs.labels[:, None]).mean().item()
    for _ in range(steps):
        middle = (low + high) / 2
        p = F.softmax(inputs.logits * math.exp(middle), 1)
        if (p * inputs.logits).sum(1).mean().item() > of_label:
            high = middle
        else:
            low = middle
    return math.exp(-(low + high) / 2)


def calibration_error(inputs):
    from torchmetrics.functional.classification import binary_calibration_error

    return binary_calibration_error(
        inputs.confidence, inputs.correct.long(), n_bins=BINS, norm="l1"
    ).item()


def isotonic(inputs):
    from sklearn.isotonic import IsotonicRegression

    p = inputs.confidence.numpy()
    y = inputs.correct.double().numpy()
    fitted = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    return lambda: float(((fitted.predict(p) - y) ** 2).mean())


def temperature_of(fit):
    def run(inputs):
        temperature = fit(inputs)
        return lambda: likelihood(inputs.logits, inputs.labels, temperature)

    return run


def plain(function):
    def run(inputs):
        value = function(inputs)
        return lambda: value

    return run


def installed():
    peers = {
        "temperature-lbfgs": temperature_of(lbfgs_temperature),
        "temperature-bisection": temperature_of(bisected_temperature),
    }
    found = {}
    try:
        import torchmetrics

        peers["calibration-error"] = plain(calibration_error)
        found["torchmetrics"] = torchmetrics.__version__
    except ImportError:
        pass
    try:
        import sklearn

        peers["isotonic"] = isotonic
        found["scikit-learn"] = sklearn.__version__
    except ImportError:
        pass
    return peers, found


PEERS, VERSIONS = installed()


def measure(name, inputs, repetitions, clock):
    inputs.labels, inputs.logits if inputs.classes > 1 else (inputs.confidence, inputs.correct)
    seconds = []
    for _ in range(repetitions):
        start = clock()
        value = PEERS[name](inputs)
        seconds.append(clock() - start)
    return statistics.median(seconds), value()


def check():
    inputs = Inputs(2000, 7)
    grid = torch.linspace(0.2, 3, 2801)
    best = min(likelihood(inputs.logits, inputs.labels, t.item()) for t in grid)
    reached = likelihood(inputs.logits, inputs.labels, bisected_temperature(inputs))
    failures = []
    if abs(reached - best) > 1e-6:
        failures.append(f"bisection reaches {reached}, a grid {best}")
    points = Inputs(2000, 1)
    if "calibration-error" in PEERS:
        index = (points.confidence * BINS).long().clamp(max=BINS - 1)
        gaps = points.correct.double() - points.confidence
        sums = torch.zeros(BINS, dtype=torch.float64).index_add_(0, index, gaps)
        expected = (sums.abs().sum() / points.rows).item()
        error = PEERS["calibration-error"](points)()
        if abs(error - expected) > 1e-6:
            failures.append(f"the calibration error is {error}, by its definition {expected}")
    print("\n".join(failures) or f"{len(PEERS)} peers: {', '.join(PEERS)}")
    return 1 if failures else 0


def main():
    peer = Peer(
        measures="median seconds of one fit, or of one error",
        names=list(PEERS),
        inputs=Inputs,
        measure=measure,
        versions=lambda: VERSIONS,
    )
    options = peer.options(__doc__)
    return check() if options.check else peer.run(options)


if __name__ == "__main__":
    sys.exit(main())
