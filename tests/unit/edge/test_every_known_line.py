"""Laws over the known lines of all text protocols: each table row is a case of its own."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from edge.devices.readings import BadFrame
from edge.devices.scales import scale_decoder
from tests.unit.edge.known_lines import KnownLines
from tests.unit.edge.lines import fed, one_by_one

TABLES = sorted((Path(__file__).parent / "scale_lines").glob("*.py"))
ALL: list[KnownLines] = [
    import_module(f"tests.unit.edge.scale_lines.{path.stem}").LINES for path in TABLES
]


def cases(column: str) -> list[Any]:
    """Return (lines, row) for every row of one column, named by protocol and number."""

    def rows(known: KnownLines) -> Iterable[Any]:
        return enumerate(getattr(known, column))

    return [
        pytest.param(known, row, id=f"{known.protocol}-{number}")
        for known in ALL
        for number, row in rows(known)
    ]


@pytest.mark.parametrize("known", ALL, ids=[known.protocol for known in ALL])
def test_a_line_is_found_byte_by_byte_in_the_midst_of_rubbish(known: KnownLines) -> None:
    codec = scale_decoder(known.protocol, {})
    line = b"\xff\x00garbage" + known.whole
    assert fed(codec, one_by_one(line)) == known.found(known.whole)


@pytest.mark.parametrize(("known", "row"), cases("read"))
def test_every_form_is_read(known: KnownLines, row: Any) -> None:
    line, reading = row
    assert known.found(line) == [reading]


@pytest.mark.parametrize(("known", "row"), cases("wrong"))
def test_what_is_wrong_is_named(known: KnownLines, row: Any) -> None:
    line, reason = row
    assert known.found(line) == [BadFrame(reason, line)]


@pytest.mark.parametrize(("known", "row"), cases("unended"))
def test_a_capture_may_end_before_its_line_does(known: KnownLines, row: Any) -> None:
    line, reading = row
    codec = scale_decoder(known.protocol, {})
    assert codec.feed(line) == []
    assert codec.finish() == [reading]


@pytest.mark.parametrize(("known", "row"), cases("written"))
def test_a_line_is_written_as_the_maker_writes_it(known: KnownLines, row: Any) -> None:
    reading, line = row
    assert known.encode(reading) == line


@pytest.mark.parametrize(("known", "reading"), cases("round_trip"))
def test_what_is_written_is_read_back(known: KnownLines, reading: Any) -> None:
    assert known.found(known.encode(reading)) == [reading]


@pytest.mark.parametrize(("known", "row"), cases("no_place"))
def test_what_has_no_place_is_refused(known: KnownLines, row: Any) -> None:
    reading, refusal = row
    with pytest.raises(ValueError, match=refusal):
        known.encode(reading)


@pytest.mark.parametrize(("known", "row"), cases("requests"))
def test_the_host_asks_with_the_command_of_the_options(known: KnownLines, row: Any) -> None:
    options, request = row
    assert scale_decoder(known.protocol, options).request == request
