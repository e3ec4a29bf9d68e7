"""Steps of training and forward passes in plain torch, as a peer of the bench.

    training.py --check      tries the networks and the steps against what they must be
    training.py --describe   what is measured and with which versions, as JSON
    training.py --serve      answers requests from standard input, see peer.py

A request is `network:way batchxclasses repetitions`, as in `demo:plain 32x10 3`. The same networks
start from the same weights on both sides. A step is that of the usual loop: forward, the loss once,
backward, Adam, and the loss read for the record. The value of an answer is the loss after one step,
or of `network:one-pass` the cross-entropy of the untrained network.
"""

import math
import statistics
import sys

from losses import soft_binned_ece
from peer import SEED, Peer, shift_right, splitmix64, uniform

import torch
import torch.nn.functional as F
from torch import nn

LABELS, INPUTS, WEIGHTS = 0, 5, 6
MEMBERS = 5


# The networks


class Demo(nn.Sequential):
    input = (1, 28, 28)

    def __init__(self, classes):
        super().__init__(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 128),
            nn.ReLU(),
            nn.Linear(128, classes),
        )


class Residual(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(channels // stride, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            channels = x.shape[1] // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, channels, channels))
        return F.relu(x + y)


class ResNet20(nn.Module):
    input = (3, 32, 32)

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        blocks = [
            Residual(channels, 2 if channels > 16 and i == 0 else 1)
            for channels in (16, 32, 64)
            for i in range(3)
        ]
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(x.mean((2, 3)))


class Attention(nn.Module):
    """One layer, with batch norm over the features and both residuals from the input, as DJL's."""

    def __init__(self, embedding, heads, hidden):
        super().__init__()
        self.heads = heads
        self.key = nn.Linear(embedding, embedding)
        self.query = nn.Linear(embedding, embedding)
        self.value = nn.Linear(embedding, embedding)
        self.result = nn.Linear(embedding, embedding)
        self.norm1 = nn.BatchNorm1d(embedding)
        self.up = nn.Linear(embedding, hidden)
        self.down = nn.Linear(hidden, embedding)
        self.norm2 = nn.BatchNorm1d(embedding)

    def split(self, x):
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def attend(self, x):
        q, k, v = (self.split(f(x)) for f in (self.query, self.key, self.value))
        return self.result(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x):
        y = self.norm1((x + self.attend(x)).transpose(1, 2)).transpose(1, 2)
        y = self.down(F.gelu(self.up(y)))
        return self.norm2((x + y).transpose(1, 2)).transpose(1, 2)


class Transformer(nn.Module):
    input = (32, 128)

    def __init__(self, classes):
        super().__init__()
        self.layers = nn.Sequential(*(Attention(128, 4, 512) for _ in range(4)))
        self.linear = nn.Linear(128, classes)

    def forward(self, x):
        return self.linear(self.layers(x).mean(1))


NETWORKS = {"demo": Demo, "resnet-20": ResNet20, "transformer": Transformer}


def seeded(network, seed):
    """Draws the weights of the layers one after another; the rest is zeros, of norms ones."""
    drawn = 0
    with torch.no_grad():
        for p in network.parameters():
            if p.dim() > 1:
                bound = 1 / math.sqrt(p[0].numel())
                unit = uniform(seed, WEIGHTS, p.numel(), drawn)
                p.copy_((bound * (2 * unit - 1)).view_as(p))
                drawn += p.numel()
        for module in network.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
                module.bias.zero_()
    return network


# The ways to train


def calibration_aware(z, y):
    return F.cross_entropy(z, y) + soft_binned_ece(z, y)


class Training:
    """Members that step one after another."""

    def __init__(self, network, loss, members, inputs):
        self.loss, self.inputs = loss, inputs
        self.networks = [inputs.network(network) for _ in range(members)]
        self.optimizers = [torch.optim.Adam(n.parameters(), lr=1e-3) for n in self.networks]
        self.step()
        self.value = loss(self.networks[0](inputs.images), inputs.labels).item()

    def step(self):
        for network, optimizer in zip(self.networks, self.optimizers):
            optimizer.zero_grad()
            loss = self.loss(network(self.inputs.images), self.inputs.labels)
            loss.backward()
            optimizer.step()
            loss.item()


class Prediction:
    def __init__(self, network, inputs):
        self.network, self.inputs = inputs.network(network).eval(), inputs
        self.value = F.cross_entropy(self.step(), inputs.labels).item()

    @torch.no_grad()
    def step(self):
        return self.network(self.inputs.images)


WAYS = {
    "plain": lambda network, inputs: Training(network, F.cross_entropy, 1, inputs),
    "calibration-aware": lambda network, inputs: Training(network, calibration_aware, 1, inputs),
    "ensemble-of-5": lambda network, inputs: Training(network, F.cross_entropy, MEMBERS, inputs),
    "one-pass": Prediction,
}
NAMES = [f"{network}:{way}" for network in NETWORKS for way in WAYS]


class Inputs:
    """A batch for each network, and what was last measured on it."""

    def __init__(self, batch, classes, seed=SEED):
        self.batch, self.classes, self.seed = batch, classes, seed
        self.labels = shift_right(splitmix64(seed, LABELS, batch), 1) % classes
        self.name = None

    def network(self, network):
        return seeded(NETWORKS[network](self.classes), self.seed)

    def work(self, name):
        """The same from request to request, so that only its first steps are cold."""
        if name != self.name:
            self.name, self.last = None, None
            network, way = name.split(":")
            shape = (self.batch, *NETWORKS[network].input)
            self.images = uniform(self.seed, INPUTS, math.prod(shape)).float().view(shape)
            self.last = WAYS[way](network, self)
            self.name = name
        return self.last


def measure(name, inputs, repetitions, clock):
    work = inputs.work(name)
    seconds = []
    for _ in range(repetitions):
        start = clock()
        work.step()
        seconds.append(clock() - start)
    return statistics.median(seconds), work.value


# Check


PARAMETERS = {"demo": 206_922, "resnet-20": 269_722, "transformer": 794_378}


def check():
    failures = []
    for network, expected in PARAMETERS.items():
        inputs = Inputs(8, 10)
        count = sum(p.numel() for p in inputs.network(network).parameters())
        if count != expected:
            failures.append(f"{network} has {count} parameters, expected {expected}")
        for way in WAYS:
            work = inputs.work(f"{network}:{way}")
            before = work.value
            if not math.isfinite(before):
                failures.append(f"{network}:{way} has the loss {before}")
            if way == "plain":
                for _ in range(20):
                    work.step()
                after = work.loss(work.networks[0](inputs.images), inputs.labels).item()
                if not after < before:
                    failures.append(f"{network} does not learn: from {before} to {after}")
    print("\n".join(failures) or f"{len(NAMES)} peers: {', '.join(NAMES)}")
    return 1 if failures else 0


def main():
    peer = Peer(
        measures="median seconds of one step of training, or of one forward pass, float32",
        names=NAMES,
        inputs=Inputs,
        measure=measure,
    )
    options = peer.options(__doc__)
    return check() if options.check else peer.run(options)


if __name__ == "__main__":
    sys.exit(main())
