"""Lines of text, or an indicator's own frames: for panels that print what they hear.

Text: one line, CR LF, in UTF-8 or GB18030 (`encoding`). Most LED panels and terminals take it.

Weight: with `echo=<scale protocol>` the display gets the frames of that indicator with the live
weight, five times a second. Cheap scoreboards (Brecknell RD65, HiWeigh RDS and their kin) accept
most indicator streams; one that hears nothing says so by itself, so a lane without a weight is
silent.
"""

from decimal import Decimal
from typing import ClassVar, Final, Literal

from edge.devices.displays.codec import DisplayCodec, Readback, Shown, cleaned
from edge.devices.readings import Reading
from edge.devices.scales import scale_decoder

LINE_CHARS_MAX: Final = 64
LINE_BYTES_MAX: Final = 1_024
ECHO_S: Final = 0.2

_END: Final = b"\r\n"


class Plain(DisplayCodec):
    """Text by default; the stream of an indicator with `echo`."""

    chinese: ClassVar[bool] = True

    def __init__(
        self, *, encoding: Literal["utf-8", "gb18030"] = "utf-8", echo: str | None = None
    ) -> None:
        self._encoding = encoding
        self._echo = None if echo is None else scale_decoder(echo, {})
        self.repeat_s = None if echo is None else ECHO_S
        self._buffer = b""

    def encode(self, shown: Shown) -> bytes:
        if self._echo is None:
            return cleaned(shown.text)[:LINE_CHARS_MAX].encode(self._encoding) + _END
        if shown.weight_kg is None:
            return b""
        reading = Reading(
            weight=Decimal(shown.weight_kg), unit="kg", stable=shown.stable, mode="gross"
        )
        try:
            return self._echo.encode(reading)
        except ValueError:  # more digits than that indicator has: it would show nothing either
            return b""

    def feed(self, data: bytes) -> list[Readback]:
        if self._echo is not None:
            found = self._echo.feed(data)
            return [Readback(str(one.weight)) for one in found if isinstance(one, Reading)]
        *lines, self._buffer = (self._buffer + data).split(_END)
        if len(self._buffer) > LINE_BYTES_MAX:
            self._buffer = b""
        return [Readback(line.decode(self._encoding, errors="replace")) for line in lines]
