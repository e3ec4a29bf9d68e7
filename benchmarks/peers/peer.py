"""What the peers share: seeded inputs, and a process that answers requests line by line.

A request is `name shape repetitions`; the answer `seconds value`, the value being what tells the
other side that it measured the same thing. `describe` is answered with versions and names, as JSON.
What cannot be done is answered with `error` and the reason.
"""

import argparse
import json
import math
import platform
import sys
import time
from dataclasses import dataclass
from typing import Callable

try:
    import torch
except ImportError:
    sys.exit("torch is not installed")

SEED = 7


def to_signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def shift_right(x, bits):
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def splitmix64(seed, stream, count, start=0):
    """The same numbers on both sides: the index hashed by the finaliser of splitmix64."""
    offset = to_signed((seed * 1_000_003 + stream) * 0x9E3779B97F4A7C15 & (1 << 64) - 1)
    x = torch.arange(start + 1, start + count + 1) * to_signed(0x9E3779B97F4A7C15) + offset
    x = (x ^ shift_right(x, 30)) * to_signed(0xBF58476D1CE4E5B9)
    x = (x ^ shift_right(x, 27)) * to_signed(0x94D049BB133111EB)
    return x ^ shift_right(x, 31)


def uniform(seed, stream, count, start=0):
    return (shift_right(splitmix64(seed, stream, count, start), 11).double() + 0.5) / (1 << 53)


def normal(seed, stream, count, start=0):
    radius = torch.sqrt(-2 * uniform(seed, stream, count, start).log())
    return radius * torch.cos(2 * math.pi * uniform(seed, stream + 1, count, start))


CLOCKS = {"cpu": time.thread_time, "wall": time.perf_counter}


@dataclass
class Peer:
    """One process: what it measures, under which names, on which inputs."""

    measures: str
    names: list
    inputs: Callable
    measure: Callable
    versions: Callable = dict

    def options(self, documentation, check=None):
        parser = argparse.ArgumentParser(description=documentation.splitlines()[0])
        action = parser.add_mutually_exclusive_group(required=True)
        action.add_argument("--check", nargs="?", const=check or True, metavar="GOLDEN")
        action.add_argument("--describe", action="store_true")
        action.add_argument("--serve", action="store_true")
        parser.add_argument("--threads", type=int, default=2)
        parser.add_argument("--seed", type=int, default=SEED)
        # The processor time of one thread leaves out what other programs do.
        parser.add_argument("--clock", choices=CLOCKS, default="wall")
        options = parser.parse_args()
        torch.set_num_threads(options.threads)
        return options

    def run(self, options):
        if options.describe:
            print(self.describe(options.seed))
        else:
            self.serve(options.seed, CLOCKS[options.clock], sys.stdin, sys.stdout)
        return 0

    def describe(self, seed):
        return json.dumps(
            {
                "measures": self.measures,
                "seed": seed,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                **self.versions(),
                "python": platform.python_version(),
                "names": self.names,
            }
        )

    def serve(self, seed, clock, requests, answers):
        shape_at_hand, inputs = None, None
        for line in requests:
            try:
                if line.strip() == "describe":
                    answer = self.describe(seed)
                else:
                    name, shape, repetitions = line.split()
                    if name not in self.names:
                        raise ValueError(f"nothing named {name}")
                    if shape != shape_at_hand:
                        shape_at_hand, inputs = shape, None
                        inputs = self.inputs(*map(int, shape.split("x")), seed)
                    seconds, value = self.measure(name, inputs, int(repetitions), clock)
                    answer = f"{json.dumps(seconds)} {json.dumps(value)}"
            except Exception as e:
                answer = f"error {type(e).__name__}: {e}".replace("\n", " ")
            print(answer, file=answers, flush=True)
