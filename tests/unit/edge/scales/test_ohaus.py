"""Ohaus: what its table in `scale_lines` has no column for."""

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading
from tests.unit.edge.scale_lines.ohaus import LINES, known

found = LINES.found


def test_the_longer_line_of_the_manual_is_believed_when_it_comes_again() -> None:
    net, gross = b"-   1.340 kg   ?NET\r\n", b"    0.360 kg    G  \r\n"
    refused, *read = found(net + net + gross)
    assert refused == BadFrame("not as long as the last", net[:17])
    assert read == [known("-1.340", "net", stable=False), known("0.360", "gross", stable=True)]


@pytest.mark.parametrize(
    "line",
    [
        b"-  1.640 kg      1.640 kg    N\r\n",
        b"-  1.640   1.640 kg    N\r\n",
        b"-   1.640 kg    N\r\n",
        b" 8536.85 kg    36.85 kg    G\r\n",
        b" 8536.85    6.85 kg    G\r\n",
    ],
)
def test_blanks_of_a_torn_line_are_neither_sign_nor_digits(line: bytes) -> None:
    assert [one for one in found(line) if isinstance(one, Reading)] == []


@pytest.mark.parametrize("line", [b"-  1,640 kg    N\r", b"-  1.640 kg\r", b"  1.640 kg    X\r"])
def test_a_line_that_nearly_fits_is_bad(line: bytes) -> None:
    assert found(line + b"\n") == [BadFrame(UNKNOWN_FORM, line)]
