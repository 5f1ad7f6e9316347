"""How well `scan` finds out what talks on a port, over every protocol of the tables.

Each device sends three seconds under each line setting, through a model of the UARTs at both ends;
the search sees nothing but what its port would deliver. Then everybody is listened to at every
wrong baud rate, and rubbish is judged: no name may be given with confidence there.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

from edge.commissioning.search import BAUDS, LISTEN_FRAMES, Search
from edge.devices.likeness import covers
from edge.devices.readers import READERS
from edge.devices.scales import SCALES
from edge.devices.scan import Identification, Trial, candidates, judge, trials
from simulators.uart import UartSettings
from tests.bench.scan_lines import EMPTY, LOADED, Device, SimulatedPort, frames

FRAMES: Final = ("8N1", "8N2", "8E1", "8O1", "7E1", "7O1", "7E2", "7N2")
WRONG_FRAMES: Final = ("8N1", "7E1")
RUBBISH: Final = 300
RUBBISH_BYTES: Final = 3_000

LEGEND: Final = (
    "F found, A ambiguous with the right one among them, - nothing, W WRONG, . cannot be"
)


def run(chosen: argparse.Namespace) -> None:
    """Print the matrix, then what was heard that should not be named."""
    del chosen
    print(f"scan: rows send under {' '.join(FRAMES)} at each rate; {LEGEND}")
    for table in (SCALES, READERS):
        tried = trials(table)
        print(f"{'':42}" + " ".join(f"{baud:<8}" for baud in BAUDS))
        total: Counter[str] = Counter()
        for trial in tried:
            total += _print_rows(trial, tried)
        print(", ".join(f"{mark} {count}" for mark, count in sorted(total.items())))
    named, judged = wrong_bauds(trials(SCALES), trials(SCALES))
    print(f"heard at a wrong rate: {judged} recordings, {named} named")
    print(f"rubbish: {2 * RUBBISH} recordings, {rubbish(trials(SCALES))} named")


def _print_rows(trial: Trial, tried: tuple[Trial, ...]) -> Counter[str]:
    total: Counter[str] = Counter()
    for weights in (LOADED, EMPTY) if trial.protocol in SCALES else (LOADED,):
        cells = ["".join(mark(trial, weights, f"{b} {f}", tried) for f in FRAMES) for b in BAUDS]
        name = f"{named(trial)} {'empty' if weights is EMPTY else ''}"
        print(f"{name:42}" + " ".join(cells), flush=True)
        total.update("".join(cells))
    return total


def named(trial: Trial) -> str:
    options = ",".join(f"{name}={value}" for name, value in trial.options.items())
    return f"{trial.protocol} {options}".strip()


def mark(trial: Trial, weights: tuple[str, ...], line: str, tried: tuple[Trial, ...]) -> str:
    """Return the letter for one device under one line setting."""
    others = other_answers(trial) if trial.is_one_question else {}
    port = SimulatedPort(Device(trial.codec, UartSettings.parse(line), weights, others))
    if not port.can_send:
        return "."
    outcome = Search(tried, port.open, lambda _: None).run()
    identified = outcome.identified
    if identified.kind == "nothing":
        return "-"
    if not names(identified, trial):
        return "W"
    if identified.kind == "ambiguous":
        return "A"
    return "F" if outcome.line is not None and port.reads_as_sent(outcome.line) else "W"


def other_answers(trial: Trial) -> dict[bytes, bytes]:
    """Return what a device whose other registers hold zeros answers to other questions."""
    codecs = [trial.row.make(**options) for options in trial.row.variants]
    return {codec.request: frames(codec, EMPTY)[0] for codec in codecs}


def names(identified: Identification, trial: Trial) -> bool:
    """Tell whether a device is named, or one that reads all it sends the same."""
    named = (*identified.candidates, *identified.alike)
    return any(
        one.trial == trial or covers(one.trial.codec, trial.codec, one.readings) for one in named
    )


def wrong_bauds(senders: Iterable[Trial], tried: tuple[Trial, ...]) -> tuple[int, int]:
    """Return how many recordings at a wrong rate were named, and how many there were."""
    heard = (data for trial in senders for data in _misheard(trial))
    verdicts = [judge(candidates(tried, data)).kind for data in heard]
    return verdicts.count("found"), len(verdicts)


def _misheard(trial: Trial) -> Iterator[bytes]:
    for baud in BAUDS:
        for frame in WRONG_FRAMES:
            device = Device(trial.codec, UartSettings.parse(f"{baud} {frame}"))
            port = SimulatedPort(device)
            for other in BAUDS:
                for heard in LISTEN_FRAMES if other != baud and port.can_send else ():
                    yield port.stream(UartSettings.parse(f"{other} {heard}"))


def rubbish(tried: tuple[Trial, ...]) -> int:
    """Return how many recordings of random bytes and of random text were named."""
    rng = Random(1)
    text = b"0123456789 +-.,=kgGNST\r\n\x02\x03"
    noise = [rng.randbytes(RUBBISH_BYTES) for _ in range(RUBBISH)]
    noise += [bytes(rng.choices(text, k=RUBBISH_BYTES)) for _ in range(RUBBISH)]
    return sum(judge(candidates(tried, data)).kind == "found" for data in noise)
