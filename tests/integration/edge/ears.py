"""What a box with plate cameras hears, over real sockets."""

import queue
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from edge.config import CameraSettings, PictureSettings
from edge.io.cameras import CameraPart, camera_parts
from edge.lane.signals import PlateSighted, Signal

WAIT_S: Final = 10
SECRET: Final = "0123456789abcdef"


class Ears:
    """What a box with these cameras heard."""

    def __init__(self, pictures: Path, *cameras: dict[str, Any]) -> None:
        self.heard: queue.Queue[Signal] = queue.Queue()
        self.pictures = pictures
        settings = tuple(CameraSettings(**camera) for camera in cameras)
        kept = PictureSettings(directory=pictures, free_mb_min=0)
        self.parts: list[CameraPart] = camera_parts(settings, kept, self.heard.put)
        for part in self.parts:
            part.start()

    def next(self, form: type[Signal], **wanted: Any) -> Any:
        """Return the next signal of a form that has these values."""
        give_up_s = time.monotonic() + WAIT_S
        while True:
            signal = self.heard.get(timeout=max(0, give_up_s - time.monotonic()))
            if isinstance(signal, form) and all(getattr(signal, k) == v for k, v in wanted.items()):
                return signal

    def plate(self) -> PlateSighted:
        found: PlateSighted = self.next(PlateSighted)
        return found

    def kept(self) -> set[str]:
        return {path.stem for path in self.pictures.iterdir()}


Listen = Callable[..., Ears]
"""Starts a box with these cameras."""


def pushing(port: int, **others: Any) -> dict[str, Any]:
    known = {"name": "front", "protocol": "hikvision-push", "listen": f"127.0.0.1:{port}"}
    return {**known, "secret": SECRET, **others}


def is_hung_up_on(line: socket.socket, byte: bytes) -> bool:
    """Send a byte and tell whether the other end is gone; the line's timeout is the pause."""
    try:
        line.sendall(byte)
        return line.recv(1_000) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True
