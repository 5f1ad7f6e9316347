"""Works on a journal as a box does, and says what is durable only once it is.

`python -m … PATH COUNT [PRAGMA]` appends, files receipts, keeps a list and tidies up, in turn.
"""

import json
import sys
from pathlib import Path
from uuid import uuid4

from edge.io.clock import SystemClock
from edge.journal.file import open_journal
from edge.lane.effects import Write
from edge.messages import TruckArrived, Verdict
from tests.integration.edge.identities import IDENTITY

CURVE = json.dumps([[ms, ms] for ms in range(0, 30_000, 100)])
CONTENT = {"tag": "AAAA", "zero_before_kg": 0}


def main(path: Path, count: int, *pragmas: str) -> None:
    journal = open_journal(path, IDENTITY, "a" * 16)
    for pragma in pragmas:
        journal._db.execute(f"PRAGMA {pragma}")
    clock = SystemClock()
    say(f"opened {journal.seq}")
    for number in range(count):
        content = {**CONTENT, "stop_id": uuid4()}
        curve = CURVE if number % 4 == 1 else None
        [stored] = journal.append([Write(TruckArrived, uuid4(), content, curve)], clock.now())
        say(f"stored {stored.seq}")
        if number % 3 == 2:
            for seq in journal.acknowledge([(journal.epoch, stored.seq - 1, Verdict.ACCEPTED)]):
                say(f"filed {seq}")
        if number % 7 == 5:
            journal.keep("orders", "x" * 9_000)
        if number % 10 == 9:
            journal.tidy()
    journal.close()
    say("closed 0")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
