"""Weigh-Tronix: what its table in `scale_lines` has no column for."""

from dataclasses import replace
from decimal import Decimal

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales import scale_decoder
from tests.unit.edge.scale_lines.weightronix import LINES, known

found = LINES.found


def test_a_line_of_another_width_is_believed_only_when_it_comes_again() -> None:
    whole, torn = b" G+013233 lb\r\n", b" G+01323 lb\r\n"
    refused = BadFrame("not of the form of the last", torn)
    right, other = (known(weight, unit="lb", mode="gross") for weight in ("13233", "1323"))
    assert found(whole + torn + whole + torn * 2) == [right, refused, right, refused, other]


ANSWER = b"  16020 KG GR\r\n"
STILL = Reading(
    weight=Decimal(16020), unit="kg", mode="gross", stable=True, overload=False, underload=False
)


@pytest.mark.parametrize("extra", [b"  116020 KG GR\r\n", b"9" + ANSWER])
def test_an_answer_with_a_byte_too_many_is_no_other_weight(extra: bytes) -> None:
    refused = BadFrame(UNKNOWN_FORM, extra[:-1])
    assert found(ANSWER * 2 + extra + ANSWER) == [STILL, STILL, refused, STILL]


@pytest.mark.parametrize("line", [b" 12,340 KG GR\r\n", b" 12340 KG NT\r\n", b"1234567 KG GR\r\n"])
def test_a_line_that_nearly_fits_is_bad(line: bytes) -> None:
    assert found(line * 2) == [BadFrame(UNKNOWN_FORM, line[:-1])] * 2


@pytest.mark.parametrize("other", [b" 000149946\r", b" G 16020 kg\r\n"])
def test_a_line_of_another_form_among_answers_is_not_believed(other: bytes) -> None:
    refused = BadFrame("not of the form of the last", other)
    assert found(ANSWER + other + ANSWER) == [STILL, refused, STILL]


def test_a_state_is_believed_whatever_the_form_of_the_lines() -> None:
    assert found(b" G+13233 lb\r\n --oL--\r\n")[1:] == [no_weight("overload")]


@pytest.mark.parametrize("line", [b" G+13233 l", b" G+13233", b" G+1323"])
def test_a_capture_cut_sooner_shows_nothing(line: bytes) -> None:
    codec = scale_decoder("weightronix", {})
    found = [*codec.feed(line), *codec.finish()]
    assert [one for one in found if isinstance(one, Reading)] == []


def test_who_polls_is_answered_with_what_the_legend_can_say() -> None:
    codec = scale_decoder("weightronix", {"request": "W"})
    still = Reading(weight=Decimal(12340), unit="kg", mode="gross", stable=True)
    assert codec.encode(still) == b"  12340 KG GR\r\n"
    assert codec.encode(replace(still, stable=False)) == b"  12340 KG gr\r\n"
    assert codec.encode(no_weight("overload")) == b" --oL--\r\n"
    with pytest.raises(ValueError, match="no place for unit t"):
        codec.encode(replace(still, unit="t"))
