"""One protocol under the fuzzer, in a process of its own: first each planted bug, then the truth.

Writes one JSON object to standard output. Started by `tests.bench.fuzz`, never by hand.
"""

import argparse
import json
import os
import sys
import time
from importlib import import_module
from random import Random
from typing import Any, Final

import atheris  # type: ignore[import-untyped]  # ships no types
from atheris.import_hook import HookManager  # type: ignore[import-untyped]  # ships no types

MUTANT_EXECUTIONS_MAX: Final = 300_000
WELL_TRODDEN: Final = {
    "edge.devices.checksums",
    "edge.devices.framing",
    "edge.devices.parity",
    "edge.devices.readers.codec",
    "edge.devices.readings",
    "edge.devices.scales.codec",
    "edge.devices.scales.numbers",
}
"""Every input walks here: to follow it would only cost time."""

REMEMBERED: Final = 0.3
"""Share of inputs made out of one that found a new path; the others are drawn afresh."""


class Campaign:
    """Runs the phases one after the other: what is planted must be found, what is real not."""

    def __init__(self, protocol: str, executions: int, seed: int) -> None:
        # `instrument_imports` would follow comparisons too, for mutations that are not used here.
        edge_only = {"include_packages": {"edge"}, "exclude_modules": WELL_TRODDEN}
        with HookManager(**edge_only, enable_loader_override=True, trace_dataflow=False):
            target = import_module("tests.bench.fuzz_target")
            plants = import_module("tests.bench.fuzz_mutants").PLANTED
            families = import_module("tests.bench.fuzz_families")
        self._random = Random(seed)
        frames = families.frames_of(protocol, seed)
        self._streams = import_module("tests.bench.fuzz_streams").Streams(frames, self._random)
        self._violation = target.Violation
        self._targets = {
            name: target.Target(frames, self._streams, plant.make)
            for name, plant in plants.items()
            if families.applies(name, frames)
        }
        self._names = list(self._targets)
        self._laws = {name: plant.laws for name, plant in plants.items()}
        self._real = target.Target(frames, self._streams)
        self._target = self._targets[self._names[0]]
        self._limit = MUTANT_EXECUTIONS_MAX
        self._executions_wanted = executions
        self._count = 0
        self._began = time.perf_counter()
        self._result: dict[str, Any] = {"protocol": protocol, "seed": seed, "planted": {}}

    def mutate(self, known: bytes, _: int, __: int) -> bytes:
        """Make the next input: a stream drawn afresh, or a known one with another part in it."""
        if known and self._random.random() < REMEMBERED:
            return bytes(self._streams.insert(known))
        return bytes(self._streams.draw())

    def run(self, known: bytes) -> None:
        """Judge one input, and go on to the next phase when this one is over."""
        self._count += 1
        try:
            self._target.run(known)
        except self._violation as violation:
            if self._target is self._real or violation.law in self._laws[self._names[0]]:
                self._over(violation)
                return
        if self._count >= self._limit:
            self._over(None)

    def _over(self, violation: Any) -> None:
        if self._target is self._real:
            self._finish(violation)
        name = self._names.pop(0)
        self._result["planted"][name] = self._count if violation else None
        self._count, self._began = 0, time.perf_counter()
        if self._names:
            self._target = self._targets[self._names[0]]
        else:
            self._target, self._limit = self._real, self._executions_wanted

    def _finish(self, violation: Any) -> None:
        self._result |= {
            "executions": self._count,
            "seconds": round(time.perf_counter() - self._began, 1),
            "finding": violation
            and {
                "law": violation.law,
                "variant": violation.variant,
                "stream": violation.stream.hex(),
                "detail": violation.detail,
            },
        }
        sys.stdout.write(json.dumps(self._result) + "\n")
        sys.stdout.flush()
        os._exit(0)  # the fuzzer's own loop knows no other end than a crash


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("protocol")
    parser.add_argument("--executions", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    chosen = parser.parse_args()
    campaign = Campaign(chosen.protocol, chosen.executions, chosen.seed)
    arguments = [sys.argv[0], "-max_len=65536", "-len_control=0", f"-seed={chosen.seed}"]
    atheris.Setup(arguments, campaign.run, custom_mutator=campaign.mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
