"""Two lanes' devices where docs/first-yard.md has them, and its truck: a program for the replay.

Says `ready` when everything is plugged in; each line that it then reads is a visit, `LANE KG`, and
is answered with how it ended.
"""

import asyncio
import sys
from random import Random

from simulators.gates import GateBoard
from simulators.lane import Equipment, Lane, Visit
from simulators.lines import Line, Receive, TcpLine
from simulators.plc import Plc

TAG = "0a1b2c3d4e"
LANES = {"mine-lane": 14_000, "plant-lane": 24_000}
"""First of the loopback ports; the replay forwards 4001, 4002 and 502 of the page to these."""
SCALE, CARD, RELAYS = 1, 2, 3
AXLES = 6


def lane(name: str, first_port: int) -> Lane:
    ports = {f"{name}-scale": SCALE, f"{name}-card": CARD, f"{name}-display": 4}

    def open_line(device: str, receive: Receive) -> Line:
        return TcpLine(first_port + ports.get(device, 5), receive)

    made = Lane(name, open_line, Equipment(), speed=8, rng=Random(name))
    board: GateBoard = made.plc.board
    made.plc = Plc(board, made.deck.beams, first_port + RELAYS)
    return made


async def main() -> None:
    lanes = {name: lane(name, port) for name, port in LANES.items()}
    for one in lanes.values():
        await one.plug_in()
    running = [asyncio.create_task(one.run()) for one in lanes.values()]
    print("ready", flush=True)  # noqa: T201 - it is the protocol
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, kg = line.split()
        visit = Visit(TAG, tuple([int(kg) / AXLES] * AXLES), patience_s=60)
        print(await lanes[name].cross(visit), flush=True)  # noqa: T201 - as above
    for task in running:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
