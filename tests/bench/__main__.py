"""`make bench`: prints each figure beside what it is to be compared with.

`make bench ARGS="gate --trucks 4"` runs one of them. Figures are printed, never asserted: machines
are shared and noisy, and what is compared is measured in the same run.
"""

import argparse
from collections.abc import Callable

from tests.bench import (
    backlog,
    decoders,
    demo,
    fuzz,
    gate,
    growth,
    interleavings,
    logins,
    noise,
    scan,
    tamper,
)

BENCHES: dict[str, Callable[[argparse.Namespace], None]] = {
    "backlog": backlog.run,
    "decoders": decoders.run,
    "demo": demo.run,
    "fuzz": fuzz.run,
    "gate": gate.run,
    "growth": growth.run,
    "interleavings": interleavings.run,
    "logins": logins.run,
    "noise": noise.run,
    "scan": scan.run,
    "tamper": tamper.run,
}
LONG = {"fuzz", "growth", "tamper"}
"""Take hours, or many minutes, and run only when they are named."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("bench", nargs="?", choices=sorted(BENCHES), help="default: the short ones")
    parser.add_argument("--trucks", type=int, default=12, help="trucks per configuration")
    parser.add_argument("--family", action="append", help="decoders, fuzz, noise: one protocol")
    parser.add_argument(
        "--seed", type=int, default=1, help="fuzz, noise, tamper: of everything drawn"
    )
    parser.add_argument("--quick", action="store_true", help="growth: small histories")
    parser.add_argument("--json", action="store_true", help="backlog, growth: a last line of JSON")
    for module in (backlog, decoders, fuzz, growth, interleavings, noise, tamper):
        module.add_arguments(parser)
    chosen = parser.parse_args()
    for name in [chosen.bench] if chosen.bench else sorted(BENCHES.keys() - LONG):
        BENCHES[name](chosen)


if __name__ == "__main__":
    main()
