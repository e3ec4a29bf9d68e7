"""The losses of dev.candor.losses in plain torch, as a peer to measure against.

    losses.py --check [golden.json]   compares with the golden values in float64
    losses.py --describe              what is measured and with which versions, as JSON
    losses.py --serve                 answers requests from standard input, one a line

A request is `loss shape repetitions`, as in `FocalLoss 4096x100 20`. The answer is
`seconds value`: the median seconds of one forward and backward pass after one for warming up,
and the value of the loss, by which the other side checks that it measured the same formula.
`describe` answers as --describe does. What cannot be done is answered with `error` and the reason.
"""

import json
import math
import statistics
import sys
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

from peer import SEED, Peer, normal, shift_right, splitmix64, uniform

import torch
import torch.nn.functional as F

TOKENS_PER_ROW = 32
HISTORY_EPOCHS = 10
GOLDEN = (
    Path(__file__).resolve().parents[2] / "losses/src/test/resources/golden/losses.json"
)


# Parts that several losses share


def of_label(rows, y):
    return rows.gather(1, y[:, None]).squeeze(1)


def confidence_and_correctness(z, y):
    confidence, predicted = F.softmax(z, 1).max(1)
    return confidence, (predicted == y).to(z.dtype)


def entropy(z):
    log_p = F.log_softmax(z, 1)
    return -(log_p.exp() * log_p).sum(1)


def centres(bins, lowest, like):
    width = (1 - lowest) / bins
    return lowest + width * (torch.arange(bins, dtype=like.dtype) + 0.5)


def triangular(confidence, bins):
    position = (bins * confidence + 0.5).clamp(1, bins)
    index = torch.arange(1, bins + 1, dtype=confidence.dtype)
    return F.relu(1 - (index - position[:, None]).abs())


# Cross-entropy and targets


def cross_entropy(z, y):
    return F.cross_entropy(z, y)


def weighted_cross_entropy(z, y, weights):
    return F.cross_entropy(z, y, weight=weights.to(z.dtype))


def extra_logit_cross_entropy(z, y, extra=0.0):
    return F.cross_entropy(F.pad(z, (0, 1), value=extra), y)


def soft_cross_entropy(z, targets):
    return F.cross_entropy(z, targets)


def token_cross_entropy(z, y):
    return F.cross_entropy(z.flatten(0, 1), y.flatten(), ignore_index=-100)


def label_smoothing(z, y, alpha=0.1, wrong_classes=False):
    if wrong_classes:
        alpha = alpha * z.shape[1] / (z.shape[1] - 1)
    return F.cross_entropy(z, y, label_smoothing=alpha)


def margin_label_smoothing(z, y, alpha=0.1, margin=10.0):
    highest = z.max(1, keepdim=True).values
    return F.cross_entropy(z, y) + alpha * F.relu(highest - z - margin).mean()


def acls(z, y, alpha=0.1, upper=1.0, lower=0.1, margin=10.0):
    highest = z.max(1, keepdim=True).values
    above = F.relu(highest - margin).square().mean()
    below = F.relu(highest.detach() - z - margin).square().sum(1).mean() / (z.shape[1] - 1)
    return F.cross_entropy(z, y) + alpha * (upper * above + lower * below)


def confidence_penalty(z, y, beta=0.1, threshold=None):
    log_p = F.log_softmax(z, 1)
    h = -(log_p.exp() * log_p).sum(1)
    ce = F.nll_loss(log_p, y)
    return ce - beta * h.mean() if threshold is None else ce + beta * F.relu(threshold - h).mean()


def logit_norm(z, y, temperature=0.04):
    return F.cross_entropy(z / ((z.norm(dim=1, keepdim=True) + 1e-7) * temperature), y)


def brier(z, y):
    p = F.softmax(z, 1)
    return (p.square().sum(1) - 2 * of_label(p, y) + 1).mean()


def squentropy(z, y):
    wrong = z.square().sum(1) - of_label(z, y).square()
    return F.cross_entropy(z, y) + wrong.mean() / (z.shape[1] - 1)


def dice(z, y, alpha=0.01, smooth=1.0, squared=True):
    p = F.softmax(z, 1)
    q = (1 - p) ** alpha * p
    t = F.one_hot(y, z.shape[1]).to(z.dtype)
    denominator = q.square() + t if squared else q.sum(0) + t.sum(0)
    return (1 - (2 * q * t + smooth) / (denominator + smooth)).sum(1).mean()


def textbook_dice(z, y, smooth=1.0):
    p = F.softmax(z, 1)
    t = F.one_hot(y, z.shape[1]).to(z.dtype)
    return (1 - (2 * (p * t).sum(0) + smooth) / (p.sum(0) + t.sum(0) + smooth)).mean()


def cpc(z, y, discrimination=0.1, exclusion=1.0):
    classes = z.shape[1]
    z_y = of_label(z, y)[:, None]
    over = F.softplus(z - z_y).sum(1) - math.log(2)
    loss = F.cross_entropy(z, y) + discrimination * over.mean() / (classes - 1)
    if classes == 2:
        return loss
    pairs = F.softplus(z[:, None, :] - z[:, :, None]).sum((1, 2))
    under = F.softplus(z_y - z).sum(1)
    among_wrong = pairs - over - under
    return loss + exclusion * 0.5 * among_wrong.mean() / ((classes - 1) * (classes - 2))


def one_vs_all(z, y):
    t = F.one_hot(y, z.shape[1]).to(z.dtype)
    return F.binary_cross_entropy_with_logits(z, t, reduction="sum") / z.shape[0]


def one_vs_all_distance(z, y):
    """z holds negative distances, p = 2 sigmoid(z)."""
    log_p = math.log(2) + F.logsigmoid(z)
    log_other = torch.tanh(-z / 2).log()
    return (of_label(log_other - log_p, y) - log_other.sum(1)).mean()


def distance_logits(features, centres_of_classes):
    return -torch.cdist(features, centres_of_classes)


# The focal family


def focal(z, y, gamma=3.0):
    ce = F.cross_entropy(z, y, reduction="none")
    return ((1 - (-ce).exp()) ** gamma * ce).mean()


def sample_dependent_focal(z, y, threshold=0.2, below=5.0, above=3.0):
    ce = F.cross_entropy(z, y, reduction="none")
    p = (-ce).exp()
    gamma = torch.where(p.detach() < threshold, below, above)
    return ((1 - p) ** gamma * ce).mean()


def inverse_focal(z, y, gamma=2.0):
    ce = F.cross_entropy(z, y, reduction="none")
    return ((1 + (-ce).exp()) ** gamma * ce).mean()


def dual_focal(z, y, gamma=5.0):
    log_p = F.log_softmax(z, 1)
    p = log_p.exp()
    p_y = p.gather(1, y[:, None])
    runner_up = torch.where(p < p_y, p, 0).max(1).values
    return -((1 - p_y.squeeze(1) + runner_up) ** gamma * of_label(log_p, y)).mean()


def ada_focal(z, y, edges, gammas):
    ce = F.cross_entropy(z, y, reduction="none")
    p = (-ce).exp()
    gamma = gammas[torch.bucketize(p.detach(), edges)]
    base = torch.where(gamma > 0, 1 - p, 1 + p)
    return (base ** gamma.abs() * ce).mean()


def class_balanced_weights(counts, beta):
    weights = (1 - beta) / -torch.expm1(counts * math.log(beta))
    return weights * len(counts) / weights.sum()


def class_balanced_focal(z, y, counts, beta=0.999, gamma=1.0):
    weights = class_balanced_weights(counts, beta)
    t = F.one_hot(y, z.shape[1]).to(z.dtype)
    modulator = torch.exp(-gamma * (t * z + F.softplus(-z)))
    rows = (modulator * F.binary_cross_entropy_with_logits(z, t, reduction="none")).sum(1)
    return (weights[y] * rows).mean()


def distribution_balanced(
    z, t, counts, samples, mu=0.9, negative_scale=2.0, alpha=0.1, beta=10.0, kappa=0.05,
    gamma=2.0, scale=0.5, rebalanced=True, tolerant=True,
):
    if rebalanced:
        inverse = 1 / counts
        present = (t * inverse).sum(1, keepdim=True).clamp_min(torch.finfo(z.dtype).tiny)
        weights = alpha + torch.sigmoid(beta * (inverse / present - mu))
    else:
        weights = torch.ones_like(z)
    if tolerant:
        shifted = z - kappa * torch.log(samples / counts - 1)
        z = torch.where(t > 0, shifted, negative_scale * shifted)
        if rebalanced:
            weights = torch.where(t > 0, weights, weights / negative_scale)
    bce = F.binary_cross_entropy_with_logits(z, t, reduction="none")
    return scale * (weights * (1 - (-bce).exp()) ** gamma * bce).mean()


def poly(z, y, epsilon=1.0):
    ce = F.cross_entropy(z, y, reduction="none")
    return (ce + epsilon * (1 - (-ce).exp())).mean()


# Calibration penalties


def soft_binned_ece(
    z, y, bins=15, norm=2.0, temperature=0.01, label_binned=False, from_chance=False,
    smoothing=0.0, root=True, membership="softmax",
):
    confidence, correct = confidence_and_correctness(z, y)
    if membership == "triangular":
        u = triangular(confidence, bins)
    else:
        lowest = 1 / z.shape[1] if from_chance else 0.0
        distance = confidence[:, None] - centres(bins, lowest, z)
        u = F.softmax(-distance.square() / temperature, 1)
        if smoothing:
            u = u * (1 - smoothing) + smoothing / bins
    mass = u.sum(0)
    accuracy = correct @ u / mass.clamp_min(1e-5)
    if label_binned:
        gaps = (accuracy - confidence[:, None]).abs() ** norm
        value = (u * gaps).sum(1).mean()
    else:
        mean_confidence = confidence @ u / mass.clamp_min(1e-5)
        value = (mass / mass.sum() * (accuracy - mean_confidence).abs() ** norm).sum()
    return (value + 1e-12) ** (1 / norm) if root and norm != 1 else value


def smoothed_entropy(p, smoothing=1e-5):
    p = p * (1 - smoothing) + smoothing / p.shape[1]
    return -(p * p.log()).sum(1)


def avuc(z, y, threshold=1.0, stop_confidence=False):
    p = F.softmax(z, 1)
    confidence, predicted = p.max(1)
    u = smoothed_entropy(p)
    correct, certain = predicted == y, u < threshold
    if stop_confidence:
        confidence = confidence.detach()
    certainty = torch.where(certain, 1 - u.tanh(), u.tanh())
    weights = torch.where(correct, confidence, 1 - confidence) * certainty
    good = weights[correct == certain].sum()
    bad = weights[correct != certain].sum()
    return torch.log1p(bad / good.clamp_min(1e-5))


def au_avuc(z, y, thresholds=21):
    p = F.softmax(z, 1)
    confidence, predicted = p.max(1)
    u = -(p * torch.log(p + 1e-10)).sum(1)
    correct = (predicted == y)[:, None]
    t = torch.linspace(0, 1, thresholds, dtype=z.dtype)
    lowest, highest = u.detach().aminmax()
    certain = u[:, None] <= lowest + t * (highest - lowest)
    certainty = torch.where(certain, 1 - u.tanh()[:, None], u.tanh()[:, None])
    weights = torch.where(correct, confidence[:, None], 1 - confidence[:, None]) * certainty
    good = torch.where(correct == certain, weights, 0).sum(0)
    return -torch.trapezoid(good / (weights.sum(0) + 1e-10), t).log()


def soft_avuc(z, y, kappa=0.5, temperature=1.0):
    h = smoothed_entropy(F.softmax(z, 1))
    correct = z.argmax(1) == y
    share = (h / math.log(z.shape[1])).clamp(1e-6, 1 - 1e-6)
    odds = share.logit() - math.log(kappa / (1 - kappa))
    uncertain = torch.sigmoid(odds / temperature)
    certain_part = (1 - uncertain) * (1 - h.tanh())
    uncertain_part = uncertain * h.tanh()
    good = torch.where(correct, certain_part, uncertain_part).sum()
    bad = torch.where(correct, uncertain_part, certain_part).sum()
    return torch.log1p(bad / good.clamp_min(1e-5))


def laplacian_kernel(c):
    return torch.exp(-(c[:, None] - c).abs() / 0.4)


def mmce(z, y, root=True):
    confidence, correct = confidence_and_correctness(z, y)
    gap = correct - confidence
    value = gap @ laplacian_kernel(confidence) @ gap / len(y) ** 2
    return (value + 1e-10).sqrt() if root else value


def weighted_mmce(z, y, double_normalisation=False):
    c, a = confidence_and_correctness(z, y)
    kernel = laplacian_kernel(c)
    right, wrong = a * (1 - c), (1 - a) * c
    m, n = a.sum(), (1 - a).sum()
    if m == 0 or n == 0:
        return 0 * z.sum()
    scales = [m * m, n * n, m * n]
    if double_normalisation:
        scales = [s * (s + 1e-5) for s in scales]
    value = (
        right @ kernel @ right / scales[0]
        + wrong @ kernel @ wrong / scales[1]
        - 2 * (right @ kernel @ wrong) / scales[2]
    )
    return (value + 1e-10).sqrt()


def dca(z, y):
    confidence, correct = confidence_and_correctness(z, y)
    return (confidence.mean() - correct.mean()).abs()


def mdca(z, y):
    frequencies = torch.bincount(y, minlength=z.shape[1]).to(z.dtype) / len(y)
    return (F.softmax(z, 1).mean(0) - frequencies).abs().mean()


def esd(z, y):
    c, a = confidence_and_correctness(z, y)
    n = len(y)
    below = (c <= c[:, None]).to(z.dtype).fill_diagonal_(0)
    gap = a - c
    mean = below @ gap / (n - 1)
    variance = (below @ gap.square() - (n - 1) * mean.square()) / (n - 2)
    return (mean.square() - variance / (n - 1)).mean()


def kde_calibration(z, y, norm=2, bandwidth=0.1):
    p = F.softmax(z, 1).clamp_min(1e-7)
    alpha = p / bandwidth + 1
    log_beta = torch.lgamma(alpha).sum(1) - torch.lgamma(alpha.sum(1))
    log_kernel = p.log() @ (alpha - 1).T - log_beta
    others = F.softmax(log_kernel.fill_diagonal_(-math.inf), 1)
    ratio = others @ F.one_hot(y, z.shape[1]).to(z.dtype)
    return ((ratio - p).abs() ** norm).sum(1).mean()


def dece(z, y, bins=15, accuracy_temperature=100.0, bin_temperature=0.01):
    p = F.softmax(z, 1)
    c = p.max(1).values
    m = torch.arange(bins, dtype=z.dtype)
    u = F.softmax((c[:, None] * (m + 1) - torch.cumsum(m / bins, 0)) / bin_temperature, 1)
    u = (u + 1e-6) / (1 + (bins + 1) * 1e-6)
    rank = torch.sigmoid(accuracy_temperature * (p - p.gather(1, y[:, None]))).sum(1) + 0.5
    accuracy = F.relu(2 - rank)
    return ((accuracy @ u - c @ u).abs() / len(y)).sum()


def correctness_ranking(z, y, history):
    """history holds the share of past epochs in which each sample was right."""
    c = F.softmax(z, 1).max(1).values
    difference = history - history.roll(-1)
    return F.relu(difference.abs() - difference.sign() * (c - c.roll(-1))).mean()


def binned_variance_gap(z, y, bins=15, temperature=0.01, membership="softmax"):
    c, a = confidence_and_correctness(z, y)
    if membership == "triangular":
        u = triangular(c, bins)
    else:
        distance = c[:, None] - centres(bins, 0.0, z)
        u = F.softmax(-distance.square() / temperature, 1)
    mass = u.sum(0)
    share = u / mass.clamp_min(1e-5)
    variance_of_confidence = (share * (c[:, None] - c @ share).square()).sum(0)
    variance_of_correctness = (share * (a[:, None] - a @ share).square()).sum(0)
    return (mass / mass.sum() * (variance_of_confidence - variance_of_correctness).abs()).sum()


# Language and manifold


def rcft(z, y, accuracies, counts):
    """Rank-preserving targets by the accuracy of the bin of the highest option."""
    bins, options = len(accuracies), z.shape[1]
    p = F.softmax(z, 1).sort(1, descending=True).values
    with torch.no_grad():
        index = (p[:, 0] * bins).long().clamp_max(bins - 1)
        accuracy = accuracies[index]
        rest = (1 - accuracy)[:, None]
        sharpness = math.log(options - 1) / (p[:, 1:2] * rest).clamp_min(1e-12)
        shape = 1 + torch.tanh(sharpness * p[:, 1:])
        target = torch.cat([accuracy[:, None], rest * shape / shape.sum(1, keepdim=True)], 1)
    rows = (p - target).square().sum(1)
    return (rows / counts[index].clamp_min(1)).sum()


def off_manifold(z):
    return -entropy(z).mean()


def on_manifold(z, y, delta=0.1):
    return (1 - delta) * F.cross_entropy(z, y) + delta * F.cross_entropy(z, y.flip(0))


# Inputs


@dataclass
class Inputs:
    """Seeded inputs of one shape; all that a loss may ask for."""

    rows: int
    classes: int
    seed: int = SEED
    extra: dict = field(default_factory=dict)

    @cached_property
    def labels(self):
        return shift_right(splitmix64(self.seed, 0, self.rows), 1) % self.classes

    @cached_property
    def logits(self):
        z = 2 * normal(self.seed, 1, self.rows * self.classes).view(self.rows, self.classes)
        z[torch.arange(self.rows), self.labels] += 4
        return z.float()

    @cached_property
    def distances(self):
        """Negative distances that favour the label, in place of logits."""
        return -F.softplus(-self.logits)

    @cached_property
    def targets(self):
        """Multi-label rows: the label and about one more class."""
        t = uniform(self.seed, 3, self.rows * self.classes) < 1 / self.classes
        t = t.view(self.rows, self.classes)
        t[torch.arange(self.rows), self.labels] = True
        return t.float()

    @cached_property
    def soft_labels(self):
        t = F.one_hot(self.labels, self.classes).float()
        return 0.7 * t + 0.3 * t.flip(0)

    @cached_property
    def token_logits(self):
        return self.logits.view(-1, TOKENS_PER_ROW, self.classes)

    @cached_property
    def token_labels(self):
        """The first quarter of each sequence is the prompt, which does not count."""
        y = self.labels.view(-1, TOKENS_PER_ROW).clone()
        y[:, : TOKENS_PER_ROW // 4] = -100
        return y

    @cached_property
    def counts(self):
        return (1000 // (torch.arange(self.classes) + 1)).float()

    @cached_property
    def class_weights(self):
        return 1.0 / (torch.arange(self.classes) + 1)

    @cached_property
    def history(self):
        right = shift_right(splitmix64(1, 0, self.rows), 1) % (HISTORY_EPOCHS + 1)
        return (right - right.min()) / (HISTORY_EPOCHS - right.min())


BINS = 15
EDGES = torch.arange(1, BINS) / BINS
GAMMAS = torch.ones(BINS)
BIN_ACCURACIES = (torch.arange(10) + 0.5) / 10
BIN_COUNTS = torch.full((10,), 100.0)


def by_labels(function, **options):
    return "logits", lambda z, i: function(z, i.labels, **options)


LOSSES = {
    "CrossEntropyLoss": by_labels(cross_entropy),
    "CrossEntropyLoss:class-weights": (
        "logits",
        lambda z, i: weighted_cross_entropy(z, i.labels, i.class_weights),
    ),
    "CrossEntropyLoss:extra-logit": by_labels(extra_logit_cross_entropy),
    "CrossEntropyLoss:soft-labels": (
        "logits",
        lambda z, i: soft_cross_entropy(z, i.soft_labels),
    ),
    "TokenCrossEntropyLoss": (
        "token_logits",
        lambda z, i: token_cross_entropy(z, i.token_labels),
    ),
    "engine:log-softmax": ("logits", lambda z, i: F.log_softmax(z, 1).sum()),
    "SoftBinnedEceLoss": by_labels(soft_binned_ece),
    "SoftBinnedEceLoss:label-binned": by_labels(soft_binned_ece, label_binned=True),
    "SoftBinnedEceLoss:triangular": by_labels(
        soft_binned_ece, membership="triangular", norm=1
    ),
    "SoftAvucLoss": by_labels(soft_avuc),
    "AvucLoss": by_labels(avuc),
    "AuAvucLoss": by_labels(au_avuc),
    "FocalLoss": by_labels(focal),
    "SampleDependentFocalLoss": by_labels(sample_dependent_focal),
    "InverseFocalLoss": by_labels(inverse_focal),
    "DualFocalLoss": by_labels(dual_focal),
    "AdaFocalLoss": by_labels(ada_focal, edges=EDGES, gammas=GAMMAS),
    "ClassBalancedFocalLoss": (
        "logits",
        lambda z, i: class_balanced_focal(z, i.labels, i.counts),
    ),
    "DistributionBalancedLoss": (
        "logits",
        lambda z, i: distribution_balanced(z, i.targets, i.counts, 2000),
    ),
    "PolyLoss": by_labels(poly),
    "LabelSmoothingLoss": by_labels(label_smoothing),
    "MarginLabelSmoothingLoss": by_labels(margin_label_smoothing),
    "AclsLoss": by_labels(acls),
    "ConfidencePenalty": by_labels(confidence_penalty),
    "ConfidencePenalty:hinge": by_labels(confidence_penalty, threshold=0.9),
    "LogitNormLoss": by_labels(logit_norm),
    "BrierLoss": by_labels(brier),
    "SquentropyLoss": by_labels(squentropy),
    "DiceLoss": by_labels(dice),
    "DiceLoss:soft-dice": by_labels(textbook_dice),
    "CpcLoss": by_labels(cpc),
    "MmceLoss": by_labels(weighted_mmce),
    "MmceLoss:plain": by_labels(mmce),
    "DcaLoss": by_labels(dca),
    "MdcaLoss": by_labels(mdca),
    "EsdLoss": by_labels(esd),
    "KdeCalibrationLoss": by_labels(kde_calibration),
    "DeceLoss": by_labels(dece),
    "CorrectnessRankingLoss": (
        "logits",
        lambda z, i: correctness_ranking(z, i.labels, i.history),
    ),
    "BinnedVarianceGapLoss": by_labels(binned_variance_gap),
    "OneVsAllLoss": by_labels(one_vs_all),
    "OneVsAllDistanceLoss": ("distances", lambda z, i: one_vs_all_distance(z, i.labels)),
    "DistinctionMaximizationLoss": ("distances", lambda z, i: cross_entropy(z, i.labels)),
    "RcftLoss": by_labels(rcft, accuracies=BIN_ACCURACIES, counts=BIN_COUNTS),
    "OffManifoldLoss": ("logits", lambda z, i: off_manifold(z)),
    "OnManifoldLoss": by_labels(on_manifold),
}
PAIRWISE = ("MmceLoss", "EsdLoss", "KdeCalibrationLoss")
MOST_PAIRED_ROWS = 8192


# Check


CALTRAIN = dict(label_binned=True, from_chance=True, smoothing=1e-5, root=False)
FOCAL_BINS = dict(
    edges=torch.tensor([0.5]).double(), gammas=torch.tensor([1.5, -0.5]).double()
)
GOLDEN_ROWS = {
    "CE": cross_entropy,
    "Brier": brier,
    "SB-ECE bin p=2 M=15 T=0.01": soft_binned_ece,
    "SB-ECE bin p=1 M=15 T=0.01": partial(soft_binned_ece, norm=1),
    "SB-ECE bin p=2 M=15 T=decay factor 10 (T=1/(225 ln 10))": partial(
        soft_binned_ece, temperature=1 / (225 * math.log(10))
    ),
    "SB-ECE bin p=2 M=5 T=0.1": partial(soft_binned_ece, bins=5, temperature=0.1),
    "SB-ECE lb squared (caltrain, centres in [1/K,1])": partial(soft_binned_ece, **CALTRAIN),
    "SB-ECE lb sqrt (ESD repo, centres in [0,1], eps=0)": partial(
        soft_binned_ece, label_binned=True
    ),
    "SB-ECE triangular M=15 p=1 (t=M*c+0.5 clamped)": partial(
        soft_binned_ece, membership="triangular", norm=1
    ),
    "AvUC u_th=0.8": partial(avuc, threshold=0.8),
    "AvUC u_th=0.8 stop-grad conf": partial(avuc, threshold=0.8, stop_confidence=True),
    "S-AvUC kappa=0.5 T=1": soft_avuc,
    "S-AvUC kappa=0.3 T=0.1": partial(soft_avuc, kappa=0.3, temperature=0.1),
    "AUAvUC (21 thresholds)": au_avuc,
    "MMCE_m squared": partial(mmce, root=False),
    "MMCE_m sqrt(+1e-10)": mmce,
    "MMCE_w sqrt, paper normalisation": weighted_mmce,
    "MMCE_w sqrt, reference code (double normalisation)": partial(
        weighted_mmce, double_normalisation=True
    ),
    "DCA": dca,
    "MDCA": mdca,
    "Focal gamma=2": partial(focal, gamma=2.0),
    "Focal gamma=3": focal,
    "FLSD-53": sample_dependent_focal,
    "Inverse focal gamma=2": inverse_focal,
    "Dual focal gamma=5": dual_focal,
    "AdaFocal (bin edges 0,.5,1; gamma=[1.5,-0.5])": partial(ada_focal, **FOCAL_BINS),
    "Label smoothing alpha=0.1 (alpha/K)": label_smoothing,
    "Label smoothing alpha=0.1 (alpha/(K-1))": partial(label_smoothing, wrong_classes=True),
    "MbLS margin=1 alpha=0.1": partial(margin_label_smoothing, margin=1.0),
    "ACLS margin=1 alpha=0.1 l1=1 l2=0.1": partial(acls, margin=1.0),
    "LogitNorm tau=0.04": logit_norm,
    "LogitNorm tau=1": partial(logit_norm, temperature=1.0),
    "Confidence penalty beta=0.1 (CE-beta*mean H)": confidence_penalty,
    "Confidence penalty hinge beta=0.1 Gamma=0.9": partial(confidence_penalty, threshold=0.9),
    "Poly-1 eps=1": poly,
    "Dice ref (smooth=1e-4, alpha=0, linear denom)": partial(
        dice, alpha=0.0, smooth=1e-4, squared=False
    ),
    "Dice self-adjusting ref (smooth=1, alpha=0.01, squared denom)": dice,
    "Dice textbook (batch sums per class, mean over classes, smooth=1)": textbook_dice,
    "One-vs-all (sum of BCE)": one_vs_all,
    "OvA-DM on d=softplus(z) (p=2*sigmoid(-d))": lambda z, y: one_vs_all_distance(
        -F.softplus(z), y
    ),
    "Squentropy": squentropy,
    "CPC l_bdc=0.1 l_bec=1": cpc,
    "ESD": esd,
    "ECE-KDE canonical p=2 h=0.1": kde_calibration,
    "ECE-KDE canonical p=1 h=0.1": partial(kde_calibration, norm=1),
    "DECE M=15 t_a=100 t_b=0.01": dece,
}


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def further_cases(batches):
    """Losses that take more than logits and labels: name, value, expected value."""
    z_a, y_a = tensor(batches["A"]["logits"]), torch.tensor(batches["A"]["labels"])
    z_b, y_b = tensor(batches["B"]["logits"]), torch.tensor(batches["B"]["labels"])
    f, w = tensor([[1, 2], [0, -1]]), tensor([[1, 1], [0, 0], [-1, 2]])
    y_f = torch.tensor([0, 1])
    options = tensor(
        [[2, 0.5, -1, 0.1], [0.3, 1.9, 0.2, -0.4], [3, 0, 0.5, -0.5], [0.1, 0.2, 0, 0.3],
         [-1, 0.4, 2.6, 0.9]]
    )
    multi = tensor([[1, -0.5, -2, 0.3], [-1, 0.8, 0.1, -1.5], [0.4, 0.2, 1.2, -0.7]])
    many = tensor([[1, 0, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]])
    tokens = tensor([[[1, 0, -1], [0.2, 0.4, 0.1], [2, -0.5, 0.3]]])
    balanced = partial(distribution_balanced, multi, many, tensor([60, 25, 8, 3]), 100)
    dm = distance_logits(f, w)
    history = tensor([5, 3, 0, 3]) / 6
    one_hot = F.one_hot(y_a, 3).double()
    mixed = 0.3 * one_hot + 0.7 * one_hot[[2, 3, 1, 0]]
    return [
        ("CRL A", correctness_ranking(z_a, y_a, history), 0.3986994794),
        ("mixup A", soft_cross_entropy(z_a, mixed), 0.8876553400),
        (
            "CB focal A",
            class_balanced_focal(z_a, y_a, tensor([100, 20, 5]), gamma=2.0),
            0.3241019154,
        ),
        (
            "CB focal B",
            class_balanced_focal(z_b, y_b, tensor([50, 30, 10, 2]), beta=0.99, gamma=2.0),
            0.8270797827,
        ),
        ("DM CE", cross_entropy(dm, y_f), 0.4231553061),
        ("DM CE alpha 10", cross_entropy(10 * dm, y_f), 0.0000269833),
        ("OvA-DM", one_vs_all_distance(dm, y_f), 1.0132151483),
        ("DB-FL", balanced(), 0.0328638204),
        ("NTR-FL", balanced(rebalanced=False), 0.1378571473),
        ("R-FL", balanced(tolerant=False), 0.0392736689),
        (
            "RCFT",
            rcft(
                options,
                torch.tensor([0, 2, 0, 3, 1]),
                tensor([0, 0, 1, 0, 0, 0, 0, 0.5, 1, 0]),
                tensor([0, 0, 1, 0, 0, 0, 1, 2, 1, 0]),
            ),
            1.3812745327,
        ),
        ("SFT1", token_cross_entropy(tokens, torch.tensor([[-100, -100, 2]])), 1.9348891194),
        ("SFT2", token_cross_entropy(tokens, torch.tensor([[0, 1, 2]])), 1.0941087149),
        ("L_off A", off_manifold(z_a), -0.8082124026),
        ("L_on A", on_manifold(z_a, y_a), 1.0726553400),
        (
            "BinnedVarianceGap A",
            binned_variance_gap(z_a, y_a, membership="triangular"),
            0.0911579430,
        ),
        (
            "extra logit",
            extra_logit_cross_entropy(tensor([[1, 2, 0]]), torch.tensor([1])).neg().exp(),
            0.6102956854,
        ),
    ]


def check(path, tolerance=1e-9):
    golden = json.loads(Path(path).read_text())
    missing = set(golden["losses"]) ^ set(GOLDEN_ROWS)
    failures = [f"no loss or no golden row: {name}" for name in sorted(missing)]
    compared = 0

    def compare(place, value, expected):
        nonlocal compared
        compared += 1
        error = abs(value - expected)
        if not error <= tolerance * max(1, abs(expected)):
            failures.append(f"{place}: {value}, expected {expected}, off by {error:.1e}")

    for row, loss in GOLDEN_ROWS.items():
        expected = golden["losses"].get(row, {})
        for name, batch in golden["batches"].items():
            z = tensor(batch["logits"]).requires_grad_()
            value = loss(z, torch.tensor(batch["labels"]))
            if name in expected:
                compare(f"{row} on {name}", value.item(), float(expected[name]))
            if name == "A" and "gradA" in expected:
                value.backward()
                pairs = zip(z.grad.flatten().tolist(), map(float, expected["gradA"]))
                for index, (ours, theirs) in enumerate(pairs):
                    compare(f"gradient[{index}] of {row}", ours, theirs)
    for name, value, expected in further_cases(golden["batches"]):
        compare(name, value.item(), expected)
    print("\n".join(failures) or f"{compared} values within {tolerance}")
    return 1 if failures else 0


# Measurement


def measure(name, inputs, repetitions, clock):
    if name.split(":")[0] in PAIRWISE and inputs.rows > MOST_PAIRED_ROWS:
        raise MemoryError(f"{inputs.rows} x {inputs.rows} pairs of samples")
    source, loss = LOSSES[name]
    given = getattr(inputs, source)
    seconds = []
    for _ in range(repetitions + 1):
        z = given.clone().requires_grad_()
        start = clock()
        value = loss(z, inputs)
        value.backward()
        seconds.append(clock() - start)
    return statistics.median(seconds[1:]), value.item()


def main():
    peer = Peer(
        measures="median seconds of forward and backward, float32, fresh leaf logits",
        names=list(LOSSES),
        inputs=Inputs,
        measure=measure,
    )
    options = peer.options(__doc__, check=GOLDEN)
    if options.check:
        return check(options.check)
    return peer.run(options)


if __name__ == "__main__":
    sys.exit(main())
