"""The devices of four lanes where docs/first-yard.md has them: a program for the replay.

Says `ready` when everything is plugged in, and opens the door at which `taigan-sim truck` knocks in
the folder that it is given. Ends with its standard input.
"""

import asyncio
import sys
from concurrent.futures import Future
from pathlib import Path
from random import Random

from simulators.gates import GateBoard
from simulators.lane import Equipment, Lane, Visit, VisitOutcome
from simulators.lines import Line, Receive, TcpLine
from simulators.plc import Plc
from simulators.trial import TrialDoor

LANES = {"mine-in": 14_000, "mine-out": 15_000, "plant-in": 24_000, "plant-out": 25_000}
"""First of the loopback ports; the replay forwards 4001, 4002 and 502 of the page to these."""
SCALE, CARD, RELAYS = 1, 2, 3
SPEED = 8


def lane(name: str, first_port: int) -> Lane:
    ports = {f"{name}-scale": SCALE, f"{name}-card": CARD, f"{name}-display": 4}

    def open_line(device: str, receive: Receive) -> Line:
        return TcpLine(first_port + ports.get(device, 5), receive)

    made = Lane(name, open_line, Equipment(), speed=SPEED, rng=Random(name))
    board: GateBoard = made.plc.board
    made.plc = Plc(board, made.deck.beams, first_port + RELAYS)
    return made


async def main(folder: Path) -> None:
    lanes = {name: lane(name, port) for name, port in LANES.items()}
    for one in lanes.values():
        await one.plug_in()
    running = [asyncio.create_task(one.run()) for one in lanes.values()]
    loop = asyncio.get_running_loop()

    def send(name: str, visit: Visit) -> Future[VisitOutcome]:
        return asyncio.run_coroutine_threadsafe(lanes[name].cross(visit), loop)

    door = TrialDoor(folder, lanes, send)
    print("ready", flush=True)  # noqa: T201 - it is the protocol
    await asyncio.to_thread(sys.stdin.read)
    door.close()
    for task in running:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
