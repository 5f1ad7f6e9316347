"""Cardinal SB500 scoreboard with traffic light, 9600 8N1. Source: Cardinal 190 manual, page 111.

Frame: %  panel (1 digit)  9 characters  lamp (`G`, `R` or blank)  CR

It shows the live weight in kg, or with `show=text` the beginning of the lane's text. The lamp
follows the lane's light: green at either barrier, red otherwise.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.devices.displays.codec import DisplayCodec, Lamp, Readback, Shown, ascii_text, digits
from edge.devices.framing import FrameCutter, fixed
from edge.devices.readings import BadFrame

WIDTH: Final = 9
FRAME_BYTES: Final = 13
REPEAT_S: Final = 1.0

_LAMPS: Final[dict[str, Lamp]] = {"G": "green", "R": "red", " ": "off"}
_FRAME: Final = re.compile(r"%(\d)([ -~]{9})([GR ])\r")


class Sb500(DisplayCodec):
    """One panel of the chain."""

    repeat_s = REPEAT_S

    def __init__(
        self,
        *,
        panel: Annotated[int, Field(ge=0, le=9)] = 1,
        show: Literal["weight", "text"] = "weight",
        lamp: bool = True,
    ) -> None:
        self._panel = str(panel)
        self._show = show
        self._has_lamp = lamp
        self._cutter: FrameCutter[Readback] = FrameCutter(b"%", fixed(FRAME_BYTES), self._parse)

    def encode(self, shown: Shown) -> bytes:
        lamp = ("G" if shown.green else "R") if self._has_lamp else " "
        return f"%{self._panel}{self._line(shown)}{lamp}\r".encode()

    def feed(self, data: bytes) -> list[Readback]:
        return [one for one in self._cutter.feed(data) if isinstance(one, Readback)]

    def _line(self, shown: Shown) -> str:
        if self._show == "weight":
            return digits(shown.weight_kg, WIDTH)
        return f"{ascii_text(shown.text, '%')[:WIDTH]:<{WIDTH}}"

    def _parse(self, frame: bytes) -> Readback | BadFrame:
        match = _FRAME.fullmatch(frame.decode("ascii", errors="replace"))
        if match is None:
            return BadFrame("malformed", frame)
        return Readback(match[2], _LAMPS[match[3]]) if match[1] == self._panel else Readback()
