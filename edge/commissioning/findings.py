"""The result of a scan as text and as JSON."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl

from edge.commissioning.nearest import hints
from edge.commissioning.search import SearchResult, name_of
from edge.commissioning.toml_text import toml_value
from edge.devices.readings import Reading, TagSeen
from edge.devices.scan import Candidate, Identification
from edge.io.byte_source import MODEM_LINES, LineSettings
from edge.terminal import reading_json

HEARD_SHOWN: Final = 32
LINES_SHOWN: Final = 5

_CHECKED: Final[Mapping[str, str]] = {
    "none": "nothing guards its frames",
    "parity": "parity right",
    "xor": "XOR right",
    "sum7": "sum right",
    "sum8": "sum right",
    "crc16": "CRC right",
}


def result_json(result: SearchResult, port: str, section: str) -> dict[str, object]:
    """Return the public form of a result."""
    line = result.line
    return {
        "result": result.identified.kind,
        "line": None if line is None else line.model_dump(),
        "asked": result.asked,
        "candidates": [
            {
                "protocol": one.trial.protocol,
                "options": dict(one.trial.options),
                "sure": one.sure if result.identified.kind == "found" else None,
                "check": one.check,
                "frames": one.frames,
                "bad_frames": one.bad_frames,
                "share": round(one.share, 3),
                "readings": [reading_json(reading) for reading in one.shown],
                "settings": settings_text(one, line, port, section),
            }
            for one in result.identified.candidates
        ],
        "alike": [_name(one) for one in result.identified.alike],
        "heard": {name: data.hex() for name, data in result.heard},
        "stranger": None if result.stranger is None else _name(result.stranger),
    }


def result_lines(result: SearchResult, port: str, section: str) -> Iterator[str]:
    """Yield a result as lines of text."""
    match result.identified.kind:
        case "found":
            yield from _found(result, port, section)
        case "ambiguous":
            yield from _ambiguous(result, port, section)
        case "nothing":
            yield from _nothing(result, section)


def settings_text(one: Candidate, line: LineSettings | None, port: str, section: str) -> str:
    """Return the lines for the lane's settings."""
    source = port if line is None else source_of(port, line)
    head = "[scale]" if section == "scale" else "[[readers]]"
    lines = [head, f"source = {toml_value(source)}"]
    lines.append(f"protocol = {toml_value(one.trial.protocol)}")
    if one.trial.options:
        lines.append(f"options = {toml_value(one.trial.options)}")
    if _units(one) == {"t"}:
        lines.append('unit = "t"')
    return "\n".join(lines)


def source_of(port: str, line: LineSettings) -> str:
    """Return the `source` of a port with its line."""
    base, _, asked = port.partition("?")
    url = base if "://" in base else f"serial://{base}"
    query = f"baudrate={line.baudrate}"
    if (line.bytesize, line.parity, line.stopbits) != (8, "N", 1):
        query += f"&bytesize={line.bytesize}&parity={line.parity}&stopbits={line.stopbits}"
    query += "".join(f"&{name}={level}" for name, level in parse_qsl(asked) if name in MODEM_LINES)
    return f"{url}?{query}"


def _found(result: SearchResult, port: str, section: str) -> Iterator[str]:
    one = result.identified.candidates[0]
    yield f"{_name(one)} at {name_of(result.line)}, {one.sure}: {_evidence(one)}"
    yield f"compare with the {_truth(section)}: {_shown(one)}"
    yield from _notes(result.identified)
    if result.line is not None and result.line.parity == "E" and one.line is None:
        yield "note: a port hears odd and even parity alike; if the device is asked, see its manual"
    yield ""
    yield settings_text(one, result.line, port, section)


def _ambiguous(result: SearchResult, port: str, section: str) -> Iterator[str]:
    candidates = result.identified.candidates
    if not any(one.has_number for one in candidates):
        yield f"no number was shown at {name_of(result.line)}: clear the display, scan again"
    else:
        yield f"ambiguous at {name_of(result.line)}: choose what the {_truth(section)} shows"
    for one in candidates:
        yield f"- {_name(one)}: {_shown(one)} ({_evidence(one)})"
    for one in candidates:
        yield ""
        yield settings_text(one, result.line, port, section)


def _nothing(result: SearchResult, section: str) -> Iterator[str]:
    if result.stranger is not None:
        other = "reader" if section == "scale" else "scale"
        told = f"{_name(result.stranger)} at {name_of(result.line)}"
        yield f"that is a {other}, {told}: scan again with --kind {other}"
        return
    if not result.heard:
        told = "sending all the time" if section == "scale" else "a card held there all the time"
        yield (
            f"nothing heard: is the device on, {told}, "
            "and its transmit pin on the port's receive pin?"
        )
        return
    yield "bytes, but no protocol fits; the first of them, where they look most like text:"
    for name, data in sorted(result.heard, key=_unprintable)[:LINES_SHOWN]:
        text = data[:HEARD_SHOWN].decode("ascii", "replace")
        yield f"  {name}: {data[:HEARD_SHOWN].hex(' ')}  {printable(text)}"
    if section == "scale":
        name, data = min(result.heard, key=_unprintable)
        yield from (f"hint, at {name}: {hint}" for hint in hints(data, "generic"))


def _truth(section: str) -> str:
    return "display" if section == "scale" else "card"


def _unprintable(heard: tuple[str, bytes]) -> float:
    _, data = heard
    return sum(not 0x20 <= byte < 0x7F for byte in data) / len(data)


def _notes(identified: Identification) -> Iterator[str]:
    """Yield what the bytes do not say, although the protocol is right."""
    one = identified.candidates[0]
    others = [other for other in identified.alike if other.trial.protocol != one.trial.protocol]
    if others:
        names = ", ".join(_name(other) for other in others)
        yield f"note: would be read the same as {names}"
    if isinstance(one.shown[0], TagSeen):
        return
    units = _units(one)
    if units == {None}:
        yield 'note: the frame has no unit; add unit = "t" if the display shows tonnes'
    if units - {None, "kg", "t"}:
        yield "note: a lane weighs in kg or t; change the unit at the indicator"
    if any(reading.stable is not None for reading in one.readings if isinstance(reading, Reading)):
        yield "note: watch `tail` while somebody steps on the deck: stable must turn to moving"
    for option, values in _open_options(one).items():
        told = " or ".join(values)
        yield f"note: {option} = {told} is settled by comparing a loaded deck with the display"


def _units(one: Candidate) -> set[str | None]:
    """Return the units of a scale's numbers."""
    readings = (reading for reading in one.readings if isinstance(reading, Reading))
    return {reading.unit for reading in readings if reading.weight is not None}


def _open_options(one: Candidate) -> dict[str, list[str]]:
    """Return the options under which the same protocol would read other bytes differently."""
    found: dict[str, list[str]] = {}
    for options in one.trial.row.variants:
        for name, value in options.items():
            found.setdefault(name, []).append(str(value))
    return {name: values for name, values in found.items() if len(set(values)) > 1}


def _name(one: Candidate) -> str:
    options = ", ".join(f"{name}={value}" for name, value in one.trial.options.items())
    return f"{one.trial.protocol} ({options})" if options else one.trial.protocol


def _evidence(one: Candidate) -> str:
    bad = f", {one.bad_frames} bad" if one.bad_frames else ""
    return f"{one.frames} frames{bad}, {one.share:.0%} of the bytes, {_CHECKED[one.check]}"


def _shown(one: Candidate) -> str:
    return ", ".join(dict.fromkeys(map(shown_text, one.shown)))


def shown_text(reading: Reading | TagSeen) -> str:
    """Return a reading as a display would show it."""
    if isinstance(reading, TagSeen):
        return reading.tag if reading.decimal is None else f"{reading.tag} ({reading.decimal})"
    if reading.weight is None:
        return str(reading.state)
    return f"{reading.weight:f} {reading.unit or ''}".strip()


def printable(text: str) -> str:
    """Return text with a dot for each byte that a terminal cannot show."""
    return "".join(one if one.isascii() and one.isprintable() else "." for one in text)
