"""Rice Lake LaserLight remote displays, 9600 8N1. Source: their manual, sections 3.7.1 to 3.7.3.

Frame: |  address (2 digits)  command (2 letters)  data  !

  |00DM|32768|N|N|N|0|DRIVE ON!   matrix: ms to show, flash, slide on, scroll, times, text
  |00DMSTOP  !                    7 segments: exactly six characters
  |00DO3!  |00DO2!                Stop/Go lamp red, green: levels of both digital outputs
  |00SR1OFF!  |00SR1ON!           the same by the second output alone
  |00DI!                          asks for the digital inputs

More than 32767 ms is without end; a text longer than the display scrolls instead. Lamps need
firmware 2.05. The display answers `OK` or `??`, which changes nothing and is not waited for.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.devices.displays.codec import DisplayCodec, Lamp, Readback, Shown, ascii_text, digits
from edge.devices.framing import FrameCutter, until
from edge.devices.readings import BadFrame

SIX: Final = 6
TEXT_CHARS_MAX: Final = 64
FRAME_BYTES_MAX: Final = 128
FOR_EVER_MS: Final = 32_768
SCROLL_TIMES: Final = 99
REPEAT_S: Final = 30.0

_COMMANDS: Final = "|!"
_OUTPUTS: Final[dict[str, Lamp]] = {"3": "red", "2": "green", "1": "green", "0": "off"}
"""Both open: stop. One low: green circle or green arrow. Both low: dark."""
_RELAYS: Final[dict[str, Lamp]] = {"1OFF": "red", "1ON": "green"}

_LIGHTS: Final = {
    ("outputs", False): "DO3",
    ("outputs", True): "DO2",
    ("relay", False): "SR1OFF",
    ("relay", True): "SR1ON",
}

_MATRIX: Final = re.compile(r"\|\d+\|[YN]\|[YN]\|[YN]\|(?:\d+|A)\|([^|]*)")
_FRAME: Final = re.compile(r"\|(\d\d)([A-Z]{2})([^!]*)!")


class LaserLight(DisplayCodec):
    """`form` is `matrix` for texts (3M models), `six` for the weight on six digits (Stop/Go)."""

    repeat_s = REPEAT_S

    def __init__(
        self,
        *,
        address: Annotated[int, Field(ge=0, le=31)] = 0,
        form: Literal["matrix", "six"] = "matrix",
        columns: Annotated[int, Field(ge=6, le=64)] = 12,
        lamp: Literal["outputs", "relay", "none"] = "outputs",
    ) -> None:
        self._address = f"{address:02d}"
        self._form = form
        self._columns = columns
        self._lamp = lamp
        self._cutter: FrameCutter[Readback] = FrameCutter(
            b"|", until(b"!", FRAME_BYTES_MAX), self._parse
        )

    def encode(self, shown: Shown) -> bytes:
        message = digits(shown.weight_kg, SIX) if self._form == "six" else self._matrix(shown.text)
        return self._command(f"DM{message}") + self._light(green=shown.green)

    def feed(self, data: bytes) -> list[Readback]:
        return [one for one in self._cutter.feed(data) if isinstance(one, Readback)]

    def _matrix(self, text: str) -> str:
        line = ascii_text(text, _COMMANDS)[:TEXT_CHARS_MAX]
        if len(line) > self._columns:
            return f"|0|N|N|Y|{SCROLL_TIMES}|{line}"
        return f"|{FOR_EVER_MS}|N|N|N|0|{line}"

    def _light(self, *, green: bool) -> bytes:
        command = _LIGHTS.get((self._lamp, green))
        return self._command(command) if command else b""

    def _command(self, command: str) -> bytes:
        return f"|{self._address}{command}!".encode()

    def _parse(self, frame: bytes) -> Readback | BadFrame:
        match = _FRAME.fullmatch(frame.decode("ascii", errors="replace"))
        if match is None:
            return BadFrame("malformed", frame)
        if match[1] != self._address:
            return Readback()
        return _seen(match[2], match[3]) or BadFrame("unknown command", frame)


def _seen(command: str, data: str) -> Readback | None:
    if command == "DM" and (matrix := _MATRIX.fullmatch(data)):
        return Readback(matrix[1])
    if command == "DM" and len(data) == SIX and "|" not in data:
        return Readback(data)
    lamps = {"DO": _OUTPUTS, "SR": _RELAYS}.get(command, {})
    if data in lamps:
        return Readback(lamp=lamps[data])
    return Readback() if command in {"DI", "SR"} else None
