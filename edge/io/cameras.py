"""From a lane's camera settings to the threads that listen to its cameras."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from threading import Event, Lock
from typing import Final, Protocol

import structlog
from pydantic import SecretStr

from edge.config import CameraSettings, PictureSettings
from edge.devices.cameras import PATHS, TIME_PATHS, PlateStream, camera_decoder
from edge.devices.cameras.plate import PlateSeen
from edge.devices.readings import BadFrame
from edge.io.camera_push import Pusher, PushListener
from edge.io.camera_stream import CameraAddress, CameraStream, Take, fetch
from edge.io.clock import monotonic_ms
from edge.io.pictures import PictureStore
from edge.lane.plates import PICTURES_MAX
from edge.lane.signals import PlateSighted, PortChanged, Signal

log = structlog.get_logger()

EVENTS_PER_MIN_MAX: Final = 240
"""Of one camera. A truck makes one or two events with their pictures; more would push the pictures
of other trucks off the disk."""

MINUTE_MS: Final = 60_000

Post = Callable[[Signal], None]


class CameraPart(Protocol):
    """What is started and stopped with the box."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def camera_parts(
    cameras: tuple[CameraSettings, ...], pictures: PictureSettings | None, post: Post
) -> list[CameraPart]:
    """Make everything that the cameras need; BadOption or OSError says what is wrong."""
    if not cameras or pictures is None:
        return []
    store = PictureStore(pictures, post)
    asked = [
        _stream(one, _CameraIntake(one.name, store, post).take, post)
        for one in cameras
        if one.source
    ]
    pushing: dict[str, dict[str, Pusher]] = {}
    for one in cameras:
        if one.listen is not None:
            pusher = _pusher(one, _CameraIntake(one.name, store, post).take)
            pushing.setdefault(one.listen, {})[one.name] = pusher
    listeners = [_listener(address, pushers, post) for address, pushers in pushing.items()]
    return [store, *asked, *listeners]


class _CameraIntake:
    """Takes the events of one camera to the lane; several threads may call it."""

    def __init__(self, camera: str, store: PictureStore, post: Post) -> None:
        self._camera = camera
        self._store = store
        self._post = post
        self._lock = Lock()
        self._minute_ms = monotonic_ms()
        self._events = 0

    def take(self, found: list[PlateSeen | BadFrame], now_ms: int) -> None:
        """Keep the pictures, then tell the lane: a record never names one that is not on disk."""
        for item in _joined(found):
            if self._is_too_much(now_ms):
                continue
            if isinstance(item, BadFrame):
                log.warning("camera event not readable", camera=self._camera, reason=item.reason)
                continue
            kept = (self._store.keep(picture.data) for picture in item.pictures[:PICTURES_MAX])
            hashes = tuple(sha256 for sha256 in kept if sha256 is not None)
            self._post(PlateSighted(self._camera, replace(item, pictures=()), hashes, now_ms))

    def _is_too_much(self, now_ms: int) -> bool:
        """Count an event; tell whether it is beyond what is heard in a minute."""
        with self._lock:
            if now_ms - self._minute_ms >= MINUTE_MS:
                if self._events > EVENTS_PER_MIN_MAX:
                    self._tell("")
                self._minute_ms, self._events = now_ms, 0
            self._events += 1
            if self._events == EVENTS_PER_MIN_MAX + 1:
                self._tell(f"more than {EVENTS_PER_MIN_MAX} events a minute: the rest is dropped")
            return self._events > EVENTS_PER_MIN_MAX

    def _tell(self, detail: str) -> None:
        log.warning("camera", device=self._camera, detail=detail)
        self._post(PortChanged(self._camera, is_open=True, detail=detail, mono_ms=monotonic_ms()))


def _joined(found: list[PlateSeen | BadFrame]) -> list[PlateSeen | BadFrame]:
    """Bring an event and the pictures that came with it together again."""
    joined: list[PlateSeen | BadFrame] = []
    for item in found:
        last = joined[-1] if joined else None
        if isinstance(item, PlateSeen) and isinstance(last, PlateSeen) and _is_same(item, last):
            joined[-1] = replace(last, pictures=(*last.pictures, *item.pictures))
        else:
            joined.append(item)
    return joined


def _is_same(one: PlateSeen, other: PlateSeen) -> bool:
    return replace(one, pictures=()) == replace(other, pictures=())


def _maker(camera: CameraSettings) -> Callable[[str], PlateStream]:
    camera_decoder(camera.protocol, camera.options)  # a wrong option is found at the start

    def make(content_type: str) -> PlateStream:
        return PlateStream(camera_decoder(camera.protocol, camera.options), content_type)

    return make


def _stream(camera: CameraSettings, take: Take, post: Post) -> CameraStream:
    address = CameraAddress(
        url=f"{(camera.source or '').rstrip('/')}{PATHS[camera.protocol]}",
        user=camera.user,
        password=_text(camera.password),
    )
    return CameraStream(camera.name, address, make=_maker(camera), take=take, changed=post)


def _pusher(camera: CameraSettings, take: Take) -> Pusher:
    return Pusher(
        name=camera.name,
        secret=_text(camera.secret),
        user=camera.user,
        password=_text(camera.password),
        silent_s=camera.silent_s,
        make=_maker(camera),
        take=take,
    )


def _listener(address: str, pushers: Mapping[str, Pusher], post: Post) -> PushListener:
    host, _, port = address.rpartition(":")
    return PushListener((host.strip("[]"), int(port)), pushers, post)


def ask_time(camera: CameraSettings) -> datetime | None:
    """Ask a camera for the time on its clock; OSError says why there is no answer.

    None if it is of a kind that cannot be asked, or says something else. Without a zone if nobody
    says which one its clock shows.
    """
    if camera.source is None:
        return None
    address = CameraAddress(
        url=f"{camera.source.rstrip('/')}{TIME_PATHS[camera.protocol]}",
        user=camera.user,
        password=_text(camera.password),
    )
    return camera_decoder(camera.protocol, camera.options).clock(fetch(address))


def hear_pushes(camera: CameraSettings, seconds: float) -> list[PlateSeen]:
    """Return what a camera pushes within this time; nothing is kept of it."""
    heard: list[PlateSeen] = []

    def take(found: list[PlateSeen | BadFrame], _: int) -> None:
        heard.extend(one for one in found if isinstance(one, PlateSeen))

    listener = _listener(str(camera.listen), {camera.name: _pusher(camera, take)}, lambda _: None)
    listener.start()
    Event().wait(seconds)
    listener.stop()
    return heard


def _text(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
