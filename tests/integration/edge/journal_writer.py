"""Writes records until it is killed, and says so only after each is durable."""

import sys
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.io.clock import SystemClock
from edge.journal.file import open_journal
from edge.journal.journal import Identity
from edge.lane.effects import Write
from edge.messages import TruckArrived

KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)


def main(path: Path, epoch: str) -> None:
    journal = open_journal(path, Identity(yard="mine", lane="in", key=KEY, boot_id="b"), epoch)
    clock = SystemClock()
    while True:
        content = {"stop_id": uuid4(), "tag": "AAAA", "zero_before_kg": 0}
        [stored] = journal.append([Write(TruckArrived, uuid4(), content)], clock.now())
        sys.stdout.write(f"{stored.seq}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
