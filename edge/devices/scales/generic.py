r"""Any indicator that sends lines or frames of one length, described by a template or a pattern.

template: `\x02{sign:1}{weight:7}{unit:1}{mode:1}{stable/overload:1}`
pattern:  `(?P<stable>ST|US),(?P<mode>GS|NT),(?P<weight>[ +\-0-9.]{8}) ?(?P<unit>kg|t)`

Without either, a line is a sign, seven characters, a blank and a unit of two.

A line ends with CR, LF or both, or with the one character that `terminator` names (`\x03`, `=`).
The whole line must fit: a torn line or a longer one than 80 bytes is not read. Fields of a template
have a width; two names share one with a slash; `{skip:3}` is not looked at. Groups of a pattern
have the same names. `weight` must be there; it may carry its sign, or leave it to `sign`, and its
point may be a comma, but not before the last three digits of anything but tonnes. `reverse` reads
it low digit first. The options that end in `_values` say, separated by commas, the values of a fact
(`\x91`, as in a template); a `stable` that is not in `stable_values` is in motion. A unit is a name
or one of the letters K T G L. A weight of blanks or dashes is none. Two states in one letter share
a field: `{stable/overload:1}`, or `(?=(?P<overload>.))(?P<stable>.)`. The last line of a capture
may lack its end, if nothing of what is looked at could follow.

Frames without an end have a `length`; their template begins with fixed bytes. In binary frames
`coding=bcd` reads two digits from each byte of the weight, the high ones first unless `reverse`;
`decimals` of the digits stand behind a point that is not sent: `\xaa{overload:1}{weight:3}`. A byte
that says minus or too much must be named, not skipped. A device that must be asked gets the bytes
of `request` every `poll_ms` of the scale's settings.

Blind spots: nothing guards a digit that changes on the line; rubbish costs the line that it is in.
In frames with a `length` rubbish that equals the fixed bytes can be taken for a frame's beginning:
fix as many bytes as the device does.
"""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Mode, Reading, Unit, WrongLine, no_weight
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.fields import (
    LINE_END,
    ONE_LETTER,
    UNIT_LETTERS,
    beyond_range,
    no_number,
    number,
    right_justified,
    unit_named,
)
from edge.devices.scales.line_pattern import (
    LINE_BYTES_MAX,
    NUMBER_BYTES,
    TemplatePiece,
    bytes_of,
    compiled,
    parts_of,
    pattern_of,
    plain,
)
from edge.devices.scales.numbers import decimals_of, shown_weight, with_point, without_point

TEMPLATE: Final = "{sign:1}{weight:7} {unit:2}"
"""What is read if nothing is described."""


class GenericText(ScaleCodec):
    """Lines that a template or a pattern describes."""

    def __init__(  # noqa: PLR0913  # every argument is an option of its own
        self,
        *,
        template: str = "",
        pattern: str = "",
        terminator: str = "line",
        length: Annotated[int, Field(ge=2, le=LINE_BYTES_MAX)] | None = None,
        request: str = "",
        reverse: bool = False,
        coding: Literal["text", "bcd"] = "text",
        decimals: Annotated[int, Field(ge=0, le=5)] = 0,
        stable_values: str = "S,ST",
        gross_values: str = "G,GS,B",
        net_values: str = "N,NT",
        tare_values: str = "T,TR",
        overload_values: str = "O,OL",
        underload_values: str = "U,UL",
    ) -> None:
        if template and pattern:
            raise ValueError("only one of the options 'template' and 'pattern' can be given")
        self._parts = () if pattern else parts_of(template or TEMPLATE)
        self._is_bcd = coding == "bcd"
        self._decimals = decimals
        numbers = b"." if self._is_bcd else NUMBER_BYTES
        self._line = compiled(pattern) if pattern else pattern_of(self._parts, numbers=numbers)
        self._end = _line_end(terminator) if length is None else b""
        self.tail = self._end
        self.request = plain(request, "request")
        self._is_over = False
        self._reverse = reverse
        self._stable = _values("stable_values", stable_values)
        self._moving = [word for word in (b"U", b"M", b"D") if word not in self._stable]
        self._modes: dict[Mode, list[bytes]] = {
            "gross": _values("gross_values", gross_values),
            "net": _values("net_values", net_values),
            "tare": _values("tare_values", tare_values),
        }
        self._overload = _values("overload_values", overload_values)
        self._underload = _values("underload_values", underload_values)
        values = (*self._stable, *self._overload, *self._underload, *chain(*self._modes.values()))
        self._eight_bits = self._is_bcd or not b"".join(values).isascii()
        self._mode_of = {text: mode for mode, texts in self._modes.items() for text in texts}
        super().__init__(self._frames(length) if length is not None else self._lines(terminator))

    def _lines(self, terminator: str) -> PatternCutter[Reading]:
        ends = re.escape(self._end)
        last = LINE_END if terminator == "line" else ends
        lines = re.compile(rb"(?<![^%b])([^%b]{1,%d})%b" % (ends, ends, LINE_BYTES_MAX, last))
        return PatternCutter(lines, LINE_BYTES_MAX + 3, self._parse, eight_bits=self._eight_bits)

    def _frames(self, length: int) -> PatternCutter[Reading]:
        """Return what cuts frames of one length, found by the fixed bytes of their template."""
        if not self._parts or not self._parts[0].text:
            raise ValueError("option 'length': needs a template that begins with fixed bytes")
        if bytes_of(self._parts) != length:
            raise ValueError(f"option 'length': the template has {bytes_of(self._parts)} bytes")
        frames = re.compile(b"(" + self._line.pattern + b")", re.DOTALL)
        texts = b"".join(part.text for part in self._parts)
        binary = self._eight_bits or not texts.isascii()
        return PatternCutter(frames, length, self._parse, eight_bits=binary)

    def finish(self) -> list[Reading | BadFrame | WrongLine]:
        """Say that nothing follows; return the last line, if it is whole without its end."""
        self._is_over = True
        return super().finish()

    def encode(self, reading: Reading) -> bytes:
        """Return the line; ValueError without a template, or if it has no place for the reading."""
        if not self._parts:
            raise ValueError("a pattern only reads: give the option 'template'")
        names = {name for part in self._parts for name in part.names}
        if reading.state is not None and reading.state not in names:
            raise ValueError(f"the template has no place for the state {reading.state}")
        if reading.weight is not None and self._decimals:
            reading = replace(reading, weight=_without_point(reading.weight, self._decimals))
        body = b"".join(self._shown(part, reading, names) for part in self._parts)
        return body + (b"\r\n" if self._end == b"\r\n" else self._end)

    def _parse(self, match: re.Match[bytes]) -> Reading | BadFrame:
        found = self._line.fullmatch(match[1].lstrip(b"\r\n") if self._end else match[1])
        if found is None:
            return BadFrame("not as described", match[0])
        if self._is_over and not self._parts and _may_go_on(found):
            return BadFrame("cut_short", match[0])
        texts = found.groupdict(b"")
        try:
            return self._state(texts) or self._reading(texts)
        except ValueError as error:
            return BadFrame(str(error), match[0])

    def _state(self, texts: dict[str, bytes]) -> Reading | None:
        """Return what is shown in place of a weight; None where there is one."""
        if texts.get("overload", b"-").strip() in self._overload:
            return no_weight("overload")
        if texts.get("underload", b"-").strip() in self._underload:
            return no_weight("underload")
        if self._is_bcd or texts["weight"].strip(b" .,-"):
            return None
        is_dashes = b"-" in texts["weight"]
        return no_weight("error") if is_dashes else beyond_range(texts.get("sign", b"").strip())

    def _reading(self, texts: dict[str, bytes]) -> Reading:
        stable, mode, tare = texts.get("stable"), texts.get("mode", b"").strip(), texts.get("tare")
        if mode and mode not in self._mode_of:
            raise ValueError("mode")
        sign, unit = texts.get("sign", b"").strip(), _unit(texts.get("unit", b"").strip())
        shown = texts["weight"][::-1] if self._reverse else texts["weight"]
        return Reading(
            weight=self._number(shown, unit, sign),
            unit=unit,
            stable=None if stable is None else stable.strip() in self._stable,
            mode=self._mode_of.get(mode),
            overload=False if "overload" in texts else None,
            underload=False if "underload" in texts else None,
            tare=None if tare is None else self._number(tare, unit),
        )

    def _number(self, digits: bytes, unit: Unit | None, sign: bytes = b"") -> Decimal:
        text = sign + (digits.hex().encode() if self._is_bcd else digits)
        weight = number(text, unit)
        if weight is None or (self._decimals and weight.as_tuple().exponent):
            raise ValueError(no_number(text, unit))
        return weight.scaleb(-self._decimals)

    def _shown(self, part: TemplatePiece, reading: Reading, names: set[str]) -> bytes:
        if not part.names:
            return part.text
        if self._is_bcd and part.names[-1] in {"weight", "tare"}:
            return self._bcd(part, reading, signed="sign" not in names)
        text = self._text(part, reading, signed="sign" not in names)
        if len(text) > part.width:
            raise ValueError(f"{text!r} does not fit {part.width} characters")
        return text.ljust(part.width).encode("latin-1")

    def _bcd(self, part: TemplatePiece, reading: Reading, *, signed: bool) -> bytes:
        if reading.state is not None:
            return bytes(part.width)
        weight = reading.tare if part.names[-1] == "tare" else shown_weight(reading)
        if weight is None:
            raise ValueError("the template has no place for tare None")
        digits, places = without_point(weight, 2 * part.width)
        if places or (signed and weight < 0):
            raise ValueError(f"weight {weight}: BCD has no place for its point or its sign")
        packed = bytes.fromhex(digits)
        return packed[::-1] if self._reverse and part.names[-1] == "weight" else packed

    def _text(self, part: TemplatePiece, reading: Reading, *, signed: bool) -> str:
        name = next((one for one in part.names if one not in {"overload", "underload"}), "skip")
        if reading.state is not None:
            values = self._overload if reading.state == "overload" else self._underload
            return values[0].decode("latin-1") if reading.state in part.names else ""
        if name == "skip":
            return ""
        if name in {"stable", "mode"}:
            return self._word(name, reading)
        if name == "unit":
            return _unit_text(reading.unit, part.width)
        return self._digits(name, reading, part.width, signed=signed)

    def _word(self, name: str, reading: Reading) -> str:
        if name == "mode" and reading.mode is not None:
            return self._modes[reading.mode][0].decode("latin-1")
        if name == "stable" and reading.stable is not None:
            words = self._stable if reading.stable else self._moving
            if not words:
                raise ValueError("option 'stable_values' leaves no letter for motion")
            return words[0].decode("latin-1")
        raise ValueError(f"the template has no place for {name} None")

    def _digits(self, name: str, reading: Reading, width: int, *, signed: bool) -> str:
        weight = reading.tare if name == "tare" else shown_weight(reading)
        if weight is None:
            raise ValueError("the template has no place for tare None")
        if name == "sign":
            return "-" if weight < 0 else " "
        text = (
            right_justified(weight, width)
            if signed or name == "tare"
            else with_point(weight, width)
        )
        return text[::-1] if self._reverse and name == "weight" else text


def _may_go_on(found: re.Match[bytes]) -> bool:
    """Tell whether more may belong to a line: another digit, or a fact that would come last."""
    for name in found.re.groupindex:
        start, end = found.span(name)
        if end in {-1, found.end()} and (start == end or name in {"weight", "tare"}):
            return True
    return False


def _line_end(terminator: str) -> bytes:
    if terminator == "line":
        return b"\r\n"
    end = plain(terminator, "terminator")
    if len(end) != 1:
        raise ValueError("option 'terminator': one character, or 'line' for CR and LF")
    return end


def _values(option: str, texts: str) -> list[bytes]:
    return [plain(text, option).strip() for text in texts.split(",")]


def _unit(name: bytes) -> Unit | None:
    unit = unit_named(name) or UNIT_LETTERS.get(name.upper())
    if name and unit is None:
        raise ValueError("unit")
    return unit


def _unit_text(unit: Unit | None, width: int) -> str:
    name = unit or ""
    return ONE_LETTER[unit] if width == 1 and len(name) > 1 else name.rjust(width)


def _without_point(weight: Decimal, decimals: int) -> Decimal:
    if decimals_of(weight) != decimals:
        raise ValueError(f"weight {weight}: {decimals} decimals are shown")
    return weight.scaleb(decimals)
