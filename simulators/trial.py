"""A trial truck: one card, one plate, through lanes of simulated devices that run elsewhere.

`taigan-sim devices` opens a door beside its ports (`TrialDoor`): a loopback HTTP server. Its
address and a secret are in a file that its own user alone may read. `taigan-sim truck` knocks there
once for each lane (`drive_trial`), and says what its driver saw.
"""

import hmac
import json
import secrets
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillDrivingError
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.error import HTTPError, URLError

from pydantic import BaseModel, ConfigDict, Field

from simulators.lane import Lane, Visit, VisitOutcome
from simulators.ports import LOOPBACK
from simulators.web import BadRequest, Request, Response, Routes, WebServer
from simulators.yard import MINE_IN, MINE_OUT, PLANT_IN, PLANT_OUT

DOOR_FILE: Final = "trial-truck.json"
LOOK_S: Final = 0.1
QUEUE_S: Final = 600.0
"""How long a visit may last beyond its driver's patience."""

Send = Callable[[str, Visit], Future[VisitOutcome]]


class NotThrough(Exception):
    """The truck did not go through, or could not be sent; the text says why."""


class _VisitIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lane: str
    tag: Annotated[str, Field(pattern=r"^([0-9A-F]{2}){2,32}$")]
    plate: str = ""
    axle_loads_kg: tuple[Annotated[float, Field(gt=0, le=100_000)], ...]
    patience_s: Annotated[float, Field(ge=0, le=3_600)]


class TrialDoor:
    """Where `taigan-sim truck` knocks; the lanes that it drives through are `busy` meanwhile."""

    def __init__(self, directory: Path, lanes: dict[str, Lane], send: Send) -> None:
        self._lanes = lanes
        self._send = send
        self._visits: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._secret = secrets.token_hex(16)
        routes = Routes()
        routes.add("POST", "/visits", self._visit)
        self._server = WebServer(0, routes)
        url = f"http://{LOOPBACK}:{self._server.server_address[1]}/visits"
        self._file = directory / DOOR_FILE
        self._file.unlink(missing_ok=True)
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps({"url": url, "secret": self._secret}))
        threading.Thread(
            target=self._server.serve_forever, args=(LOOK_S,), name="trial-door", daemon=True
        ).start()

    @property
    def busy(self) -> set[str]:
        """Return the lanes that a trial truck uses or waits for: no other is sent there."""
        with self._lock:
            return {lane for lane, visits in self._visits.items() if visits > 0}

    def close(self) -> None:
        """Take no further truck."""
        self._file.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()

    def _visit(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("Authorization", ""), self._secret):
            return Response(401, {"error": "another program's devices"})
        wanted = _VisitIn.model_validate_json(request.body)
        lane = self._lanes.get(wanted.lane)
        if lane is None:
            raise BadRequest(f"lane {wanted.lane!r}: one of {', '.join(self._lanes)}")
        self._count(wanted.lane, 1)
        try:
            return Response(200, self._drive(lane, wanted))
        except ValueError as error:  # a card that this lane's reader cannot report
            raise BadRequest(f"{wanted.lane}: {error}") from error
        finally:
            self._count(wanted.lane, -1)

    def _drive(self, lane: Lane, wanted: _VisitIn) -> dict[str, object]:
        loads = wanted.axle_loads_kg
        visit = Visit(wanted.tag, loads, wanted.patience_s, wanted.plate, waits_for_display=False)
        under_way, shown = self._send(lane.name, visit), [lane.display.text]
        while True:
            try:
                outcome = under_way.result(LOOK_S)
            except StillDrivingError:
                outcome = None
            if lane.display.text != shown[-1]:
                shown.append(lane.display.text)
            if outcome is not None:
                return {"outcome": outcome.value, "shown": [text for text in shown if text]}

    def _count(self, lane: str, change: int) -> None:
        with self._lock:
            self._visits[lane] += change


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTruck:
    """What drives, and what it weighs at each lane."""

    tag: str
    plate: str = ""
    tare_kg: int = 15_000
    load_kg: int = 32_000
    lost_kg: int = 60
    """On the road."""
    axles: int = 6
    patience_s: float = 60.0
    tries: int = 3
    """How often it queues again after it was sent back off a deck."""

    def mass_kg(self, lane: str) -> int:
        """Return its mass at a lane; NotThrough for a lane that is none of the four."""
        masses = {
            MINE_IN.lane: self.tare_kg,
            MINE_OUT.lane: self.tare_kg + self.load_kg,
            PLANT_IN.lane: self.tare_kg + self.load_kg - self.lost_kg,
            PLANT_OUT.lane: self.tare_kg,
        }
        if lane not in masses:
            raise NotThrough(f"lane {lane!r}: one of {', '.join(masses)}")
        return masses[lane]


def drive_trial(directory: Path, truck: TrialTruck, lanes: list[str]) -> None:
    """Send the truck through the lanes in this order and say what happened.

    NotThrough when it was not let through, or no devices run there.
    """
    for lane in lanes:
        truck.mass_kg(lane)
    door = _door(directory)
    for lane in lanes:
        outcomes = (_cross(door, truck, lane) for _ in range(truck.tries))
        outcome = next((one for one in outcomes if one is not VisitOutcome.TURNED_BACK), None)
        if outcome is not VisitOutcome.PASSED:
            told = (outcome or VisitOutcome.TURNED_BACK).value.replace("_", " ")
            raise NotThrough(f"not through: {told} at {lane}")


def _cross(door: "_Door", truck: TrialTruck, lane: str) -> VisitOutcome:
    mass_kg = truck.mass_kg(lane)
    sys.stderr.write(f"{lane}: {mass_kg} kg, card {truck.tag}\n")
    answer = _knock(door, truck, lane, mass_kg)
    outcome = VisitOutcome(answer["outcome"])
    shown = " | ".join(answer["shown"])
    sys.stdout.write(f"{lane}: {outcome.value.replace('_', ' ')}: {shown}\n")
    sys.stdout.flush()
    return outcome


class _Door(BaseModel):
    url: str
    secret: str


def _knock(door: _Door, truck: TrialTruck, lane: str, mass_kg: int) -> dict[str, Any]:
    wanted = {
        "lane": lane,
        "tag": truck.tag,
        "plate": truck.plate,
        "axle_loads_kg": [mass_kg / truck.axles] * truck.axles,
        "patience_s": truck.patience_s,
    }
    request = urllib.request.Request(  # noqa: S310 - the address of a file that this user wrote
        door.url,
        json.dumps(wanted).encode(),
        {"Content-Type": "application/json", "Authorization": door.secret},
    )
    try:
        with _direct().open(request, timeout=truck.patience_s + QUEUE_S) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        with error:
            raise NotThrough(json.load(error)["error"]) from error
    except (URLError, OSError) as error:
        raise NotThrough(f"no devices answer: {error}") from error


def _direct() -> urllib.request.OpenerDirector:
    """Return an opener without a proxy: it is this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _door(directory: Path) -> _Door:
    try:
        return _Door.model_validate_json((directory / DOOR_FILE).read_text())
    except (OSError, ValueError) as error:
        told = f"no simulated devices run in {directory}: start `taigan-sim devices --dir` there"
        raise NotThrough(told) from error
