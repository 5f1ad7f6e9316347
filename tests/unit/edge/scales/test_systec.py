"""SysTec's reply of 62 characters: the recorded one, its checksum, errors and refusals."""

from decimal import Decimal
from typing import Any

import pytest

from edge.devices.checksums import crc16_modbus
from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales.systec import SystecRn

RECORDED = b"<000005.06.1813:12   21   20000       0   20000kg     1   27387>\r\n"


def changed(**fields: bytes) -> bytes:
    """The recorded reply with other fields and the checksum that fits them."""
    body = RECORDED[1:55]
    places = {"start": 0, "gross": 22, "tare": 30, "net": 38, "unit": 46}
    for name, text in fields.items():
        at = places[name]
        body = body[:at] + text + body[at + len(text) :]
    return b"<%b%8d>" % (body, crc16_modbus(body))


def test_the_recorded_reply_is_read() -> None:
    [found] = SystecRn().feed(RECORDED)
    assert found == Reading(
        weight=Decimal(20000),
        unit="kg",
        stable=True,
        mode="gross",
        overload=False,
        tare=Decimal(0),
    )


def test_a_tare_makes_the_net_weight_the_weight() -> None:
    [found] = SystecRn().feed(changed(start=b"0010", tare=b"    5.50", net=b"   14.50", unit=b"t "))
    assert isinstance(found, Reading)
    assert (str(found.weight), found.mode, found.stable, found.unit, str(found.tare)) == (
        "14.50",
        "net",
        False,
        "t",
        "5.50",
    )


@pytest.mark.parametrize("gross", [b"    -120", b"     120"])
def test_a_negative_weight_has_its_sign_once(gross: bytes) -> None:
    [found] = SystecRn().feed(changed(start=b"0001", gross=gross))
    assert isinstance(found, Reading)
    assert found.weight == -120


@pytest.mark.parametrize(
    ("frame", "state"),
    [
        (b"<12>", "overload"),
        (b"<13>\r\n", "not_executable"),
        (b"<31>", "error"),
        (changed(start=b"12"), "overload"),
    ],
)
def test_errors_are_states(frame: bytes, state: Any) -> None:
    assert SystecRn().feed(frame) == [no_weight(state)]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (RECORDED[:64].replace(b"27387", b"27388"), "checksum"),
        (RECORDED[:64].replace(b"20000kg", b"20001kg"), "checksum"),
        (changed(gross=b"  20.0.0"), "malformed"),
        (changed(unit=b"oz"), "unit"),
        (b"<00>", "malformed"),
    ],
)
def test_replies_that_say_nothing_are_named(frame: bytes, reason: str) -> None:
    assert SystecRn().feed(frame) == [BadFrame(reason, frame)]


def test_our_own_request_heard_back_is_no_reply() -> None:
    codec = SystecRn(command="RN")
    assert (codec.request, SystecRn().request) == (b"<RN>", b"<RM>")
    assert codec.feed(codec.request + RECORDED) == SystecRn().feed(RECORDED)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"mode": "net"}, "no place for mode net, tare 0"),
        ({"tare": Decimal(-5), "mode": "net"}, "no place for mode net, tare -5"),
        ({"unit": None}, "no place for unit None"),
        ({"weight": Decimal(123456789)}, "does not fit 8"),
        ({"weight": None, "state": "underload"}, "no place for state underload"),
    ],
)
def test_what_the_reply_cannot_show_is_refused(facts: dict[str, Any], reason: str) -> None:
    given = {"weight": Decimal(5), "unit": "kg", "stable": True, "mode": "gross", **facts}
    with pytest.raises(ValueError, match=reason):
        SystecRn().encode(Reading(**given))


def test_a_negative_net_weight_goes_and_comes() -> None:
    sent = Reading(
        weight=Decimal("-7.5"),
        unit="lb",
        stable=False,
        mode="net",
        overload=False,
        tare=Decimal("2.5"),
    )
    assert SystecRn().feed(SystecRn().encode(sent)) == [sent]
