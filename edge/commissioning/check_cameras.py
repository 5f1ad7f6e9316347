"""Checks of the plate cameras: reached, or able to push here, and with the right time.

Events are judged by the camera's clock, so that one which was never set loses every plate.
"""

import json
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit

from edge.config import CameraSettings, Rules, Settings
from edge.devices.cameras import camera_decoder
from edge.devices.rows import BadOption
from edge.io.cameras import ask_time, hear_pushes
from edge.io.clock import BUILT, SystemClock
from edge.journal.file import open_for_reading
from edge.messages import ClockQuality
from taigan.finding import Finding, bad, ok, warn

REACH_S: Final = 3.0
LISTEN_S: Final = 2.0
HTTP_PORTS: Final = {"http": 80, "https": 443}
ZONE_STEP: Final = timedelta(minutes=15)
ZONE_MAX: Final = timedelta(hours=14)
DRIFT: Final = timedelta(seconds=10)
"""A clock that is set over the network is nearer than this."""

NTP: Final = "let the camera set its clock by NTP, and check its time zone"

_FAULTS: Final = "SELECT body FROM records WHERE kind LIKE 'lane_fault.v%' ORDER BY seq"


def check_cameras(settings: Settings, *, running: bool) -> Iterator[Finding]:
    """Check every plate camera."""
    complained = _clock_faults(settings) if running else set()
    for camera in settings.cameras:
        found = _camera(camera, running=running)
        yield found
        if camera.name in complained:
            told = "the lane drops its events: their time is not now (camera_clock)"
            yield bad(f"camera {camera.name} clock", told, NTP)
        elif found.level != "fail":
            yield from _clock(camera, settings.rules, running=running)


def _clock(camera: CameraSettings, rules: Rules, *, running: bool) -> Iterator[Finding]:
    name = f"camera {camera.name} clock"
    try:
        if camera.source is not None:
            at = ask_time(camera)
        elif running:
            return
        else:
            at = next((one.at for one in hear_pushes(camera, LISTEN_S)), None)
    except HTTPError as error:
        yield _refused(name, error)
    except OSError as error:
        yield warn(name, f"not asked: {error}", "look at its own page, and at the first plate")
    else:
        yield _judged(name, camera, at, rules)


def _refused(name: str, error: HTTPError) -> Finding:
    if error.code in {401, 403}:
        return bad(name, str(error), "correct the camera's user and password")
    return warn(name, f"not asked: {error}", "look at its own page, and at the first plate")


def _judged(name: str, camera: CameraSettings, at: datetime | None, rules: Rules) -> Finding:
    now = SystemClock().now()
    if now.clock is ClockQuality.UNSET:
        return warn(name, "the box does not know the time itself", "see the check of the clock")
    if at is None:
        told = "no event came meanwhile" if camera.source is None else "it does not say"
        return ok(name, f"{told}: compare the time of the first plate")
    off = time_off(at, now.utc)
    shown = f"{at:%Y-%m-%d %H:%M:%S}, {abs(off.total_seconds()):.0f} s {_way(off)}"
    limit_ms = rules.plate_stale_ms if off < timedelta() else rules.plate_ahead_ms
    if at.replace(tzinfo=UTC) < BUILT - ZONE_MAX:
        return bad(name, f"never set: {at:%Y-%m-%d %H:%M:%S}; every plate is dropped", NTP)
    if abs(off) > timedelta(milliseconds=limit_ms):
        return bad(name, f"{shown}: every plate is dropped", NTP)
    return warn(name, shown, NTP) if abs(off) > DRIFT else ok(name, shown)


def _way(off: timedelta) -> str:
    return "slow" if off < timedelta() else "fast"


def time_off(at: datetime, now: datetime) -> timedelta:
    """Return how far a camera's time is ahead of `now`.

    Of a clock without a known zone only that which no zone explains.
    """
    if at.tzinfo is not None:
        return at - now
    off = at.replace(tzinfo=UTC) - now
    zone = round(off / ZONE_STEP) * ZONE_STEP
    return off - zone if abs(zone) <= ZONE_MAX else off


def _clock_faults(settings: Settings) -> set[str]:
    """Return the cameras that the running lane has put on record for their clocks."""
    wrong: set[str] = set()
    try:
        database = open_for_reading(settings.journal.path)
        try:
            for (body,) in database.execute(_FAULTS):
                fault = json.loads(body)
                if fault["reason"] == "camera_clock":
                    (wrong.add if fault["state"] == "raised" else wrong.discard)(fault["device"])
        finally:
            database.close()
    except sqlite3.Error:
        return set()  # the check of the journal says what is wrong with it
    return wrong


def _camera(camera: CameraSettings, *, running: bool) -> Finding:
    name = f"camera {camera.name}"
    try:
        camera_decoder(camera.protocol, camera.options)
    except BadOption as error:
        return bad(name, str(error), "correct the camera's options")
    if camera.source is None:
        return _listener(name, str(camera.listen), running=running)
    parts = urlsplit(camera.source)
    port = parts.port or HTTP_PORTS.get(parts.scheme, 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=REACH_S).close()
    except OSError as error:
        return bad(name, f"{camera.source}: {error}", "check power, network and its address")
    return ok(name, f"{camera.source} answers")


def _listener(name: str, listen: str, *, running: bool) -> Finding:
    """Tell whether the box could take this camera's pushes."""
    if running:
        return ok(name, f"{listen}: in use by a running box")
    host, _, port = listen.rpartition(":")
    try:
        socket.create_server((host.strip("[]"), int(port))).close()
    except OSError as error:
        return bad(name, f"{listen}: {error}", "name an address of this box and a free port")
    return ok(name, f"pushes can be taken at {listen}")
