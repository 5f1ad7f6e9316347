"""Fuzzes every decoder with streams built out of its own frames, coverage-guided (atheris).

Each protocol runs in a process of its own. Before the decoder itself is judged, bugs are planted in
it one after the other, and each must be found: a fuzzer that finds nothing proves nothing until it
has found what is there. What is judged stands in `tests.bench.fuzz_target`.

With `--results FILE` every finished protocol is a line of JSON in that file, and a later run with
the same file goes on with those that are missing or had fewer executions.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.bench.fuzz_families import protocols

EXECUTIONS: Final = 5_000_000
GUESSED_PER_S: Final = 9_000
"""For the first estimate only."""

Result = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--executions", type=int, default=EXECUTIONS, help="fuzz: per protocol")
    parser.add_argument("--results", type=Path, help="fuzz: file to append to and to resume from")
    parser.add_argument("--jobs", type=int, default=1, help="fuzz: protocols at a time")


def run(chosen: argparse.Namespace) -> None:
    """Fuzz the protocols that are not done yet, and print one line for each."""
    wanted = chosen.family or protocols()
    known = [
        one
        for one in read_results(chosen.results)
        if one["protocol"] in wanted and counts(one, chosen.executions)
    ]
    for result in known:
        show(result)
    done = {one["protocol"] for one in known}
    todo = [one for one in wanted if one not in done]
    print_estimate(len(todo), chosen, GUESSED_PER_S)
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for count, result in enumerate(pool.map(lambda one: fuzzed(one, chosen), todo), 1):
            show(result)
            keep(chosen.results, result)
            known.append(result)
            seconds = sum(one["seconds"] for one in known) or 1
            per_s = sum(one["executions"] for one in known) / seconds
            print_estimate(len(todo) - count, chosen, per_s)
    trouble = ", ".join(failures(known)) or "none"
    print(f"fuzz: {len(known)} protocols, findings or hidden bugs in: {trouble}")


def fuzzed(protocol: str, chosen: argparse.Namespace) -> Result:
    """Run one harness to its end."""
    command = [sys.executable, "-m", "tests.bench.fuzz_harness", protocol]
    options = [f"--executions={chosen.executions}", f"--seed={chosen.seed}"]
    ended = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if not ended.stdout:
        raise SystemExit(f"{protocol}: the harness ended without a result\n{ended.stderr[-2_000:]}")
    result: Result = json.loads(ended.stdout)
    return result


def counts(result: Result, executions: int) -> bool:
    """Tell whether an earlier result makes another run needless."""
    return result["finding"] is None and result["executions"] >= executions


def read_results(path: Path | None) -> Iterator[Result]:
    if path is not None and path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def keep(path: Path | None, result: Result) -> None:
    if path is not None:
        with path.open("a") as file:
            file.write(json.dumps(result) + "\n")


def show(result: Result) -> None:
    """Print what was found, and after how many executions each planted bug was."""
    missed = [name for name, count in result["planted"].items() if count is None]
    found = ", ".join(f"{name} {count}" for name, count in result["planted"].items() if count)
    per_s = result["executions"] / max(result["seconds"], 0.1)
    print(
        f"{result['protocol']:20} {result['executions']:>9,} executions {per_s:>7,.0f}/s, "
        f"findings: {0 if result['finding'] is None else 1}; planted bugs found after: {found}"
    )
    if missed:
        print(f"  NOT FOUND: {', '.join(missed)}")
    if result["finding"] is not None:
        print_finding(result["finding"])


def print_finding(finding: dict[str, str]) -> None:
    print(f"  BROKEN: {finding['law']} ({finding['variant']})")
    print(f"  stream {finding['stream']}\n  {finding['detail']}")


def print_estimate(left: int, chosen: argparse.Namespace, per_s: float) -> None:
    minutes = left * chosen.executions / per_s / chosen.jobs / 60
    if left:
        print(f"  {left} protocols to go, about {minutes:,.0f} min", flush=True)


def failures(results: Sequence[Result]) -> list[str]:
    """Name the protocols with a finding, or with a planted bug that stayed hidden."""
    return [
        one["protocol"]
        for one in results
        if one["finding"] is not None or None in one["planted"].values()
    ]
