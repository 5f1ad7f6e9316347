"""`make bench`: prints each figure beside what it is to be compared with.

`make bench ARGS="gate --trucks 4"` runs one of them. Figures are printed, never asserted: machines
are shared and noisy, and what is compared is measured in the same run.
"""

import argparse
from collections.abc import Callable

from tests.bench import gate, scan

BENCHES: dict[str, Callable[[argparse.Namespace], None]] = {
    "gate": gate.run,
    "scan": scan.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("bench", nargs="?", choices=sorted(BENCHES), help="all of them if none")
    parser.add_argument("--trucks", type=int, default=12, help="trucks per configuration")
    chosen = parser.parse_args()
    for name in [chosen.bench] if chosen.bench else sorted(BENCHES):
        BENCHES[name](chosen)


if __name__ == "__main__":
    main()
