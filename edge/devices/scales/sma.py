"""SMA standard communication protocol (SCP-0499), 20 bytes, ASCII.

Frame: LF  status  range  mode  motion  reserved  10 characters  unit 3  CR

Status: blank or Z (zero) with a weight, O over, U under, E I T errors, e not displayed (Cardinal).
Mode: G T N, or g n where the weight is shown in high resolution. Motion: M or blank. Without a
weight the ten characters are dashes. `LF ? CR` answers a command that is not known. The host asks
with LF, a letter and CR. Spoken by BTEK T419S, Cardinal 190, Fairbanks FB2550, Sartorius PR 52xx,
Flintec FT-112. Source: SCP-0499 of the Scale Manufacturers Association.

Blind spot: nothing guards a digit that changes on the line.
"""

import re
from typing import Final, Literal

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, State, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import number, right_justified, shown_as, unit_named, weighed
from edge.devices.scales.numbers import shown_weight

FRAME_BYTES: Final = 20

_FRAME: Final = re.compile(
    rb"\n(?:([ ZOUEITe])[ -~]([GTNgn])([M ])[ -~]([ +\-0-9.]{10})([ A-Za-z/%]{3})|\?)\r"
)
_NEAR: Final = rb"\n[ -~]{8,18}\r"
_MODES: Final[dict[bytes, Mode]] = {b"G": "gross", b"N": "net", b"T": "tare"}
_STATES: Final[dict[bytes, State]] = {b"O": "overload", b"U": "underload"}
_MODE_LETTERS: Final = {"gross": "G", "net": "N", "tare": "T"}
_STATE_LETTERS: Final[dict[State | None, str]] = {"overload": "O", "underload": "U", "error": "E"}
_MOTION: Final = {True: " ", False: "M"}
_UNITS: Final = {"kg": "kg ", "t": "t  ", "g": "g  ", "lb": "lb "}


class Sma(ScaleCodec):
    """The standard reply."""

    tail = b"\r"

    def __init__(self, *, request: Literal["none", "W", "H", "P", "Q", "R", "S"] = "W") -> None:
        super().__init__(PatternCutter(_FRAME, FRAME_BYTES, parse, near=_NEAR))
        self.request = b"" if request == "none" else b"\n" + request.encode() + b"\r"

    def encode(self, reading: Reading) -> bytes:
        """Return the frame; ValueError if a fact is missing or ten characters cannot show it."""
        if reading.state == "not_executable":
            return b"\n?\r"
        if reading.state is not None:
            letter = shown_as(_STATE_LETTERS, reading.state, "state")
            return f"\n{letter}1G  {'-' * 10}lb \r".encode()
        text = right_justified(shown_weight(reading), 10)
        mode = shown_as(_MODE_LETTERS, reading.mode, "mode")
        motion = shown_as(_MOTION, reading.stable, "stable")
        unit = shown_as(_UNITS, reading.unit, "unit")
        return f"\n 1{mode}{motion} {text}{unit}\r".encode()


def parse(match: re.Match[bytes]) -> Reading | BadFrame:
    """Read one frame."""
    status, mode, motion, digits, unit_name = match.groups()
    if status is None:
        return no_weight("not_executable")
    if status not in b" Z":
        return no_weight(_STATES.get(status, "error"))
    return weighed(
        match[0],
        unit_named(unit_name),
        number(digits),
        stable=motion == b" ",
        mode=_MODES[mode.upper()],
        overload=False,
        underload=False,
    )
