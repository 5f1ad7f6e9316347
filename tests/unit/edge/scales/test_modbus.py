"""Modbus indicators: requests, answers in both framings, every map, overrides and refusals."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.devices.scales.modbus import ModbusScale
from edge.devices.scales.modbus_frames import Framing, Query, framed, write_request
from edge.devices.scales.modbus_maps import MAPS, ByteOrder, NumberType
from edge.devices.scales.modbus_numbers import to_bytes, to_number

REQUESTS = {
    "010300000002C40B": {},
    "01030002000265CB": {"first": 2},
    "01030004000285CA": {"first": "4"},
    "010300060002240A": {"base": 1, "first": 7},
    "01030008000245C9": {"base": 40_001, "first": 40_009},
    "010300500002C41A": {"map": "kpr"},
    "010300030002340B": {"first": 3},
}

FRAMINGS: tuple[Framing, ...] = ("rtu", "tcp")
every_framing = pytest.mark.parametrize("framing", FRAMINGS)


def answer(data: bytes, framing: Framing = "rtu", *, unit_id: int = 1, function: int = 3) -> bytes:
    return framed(unit_id, bytes([function, len(data)]) + data, framing)


def refusal(code: int, framing: Framing = "rtu") -> bytes:
    return framed(1, bytes([0x83, code]), framing)


def asked(first: int, count: int, framing: Framing = "rtu") -> bytes:
    return framed(1, Query(1, 3, first, count).pdu, framing)


def weights(codec: ModbusScale, *pieces: bytes) -> list[str]:
    found = [one for piece in pieces for one in codec.feed(piece)]
    return [str(one.weight) for one in found if isinstance(one, Reading)]


@pytest.mark.parametrize(("frame", "options"), REQUESTS.items())
def test_requests_are_those_of_the_manuals(frame: str, options: dict[str, object]) -> None:
    assert scale_decoder("modbus", options).request.hex().upper() == frame


def test_other_requests_of_the_manuals_can_be_written() -> None:
    assert asked(2, 1).hex().upper() == "01030002000125CA"
    assert write_request(1, 8, b"\x00\x02").hex().upper() == "01100008000102000226D9"
    target = write_request(1, 10, (5000).to_bytes(4))
    assert target.hex().upper() == "0110000A000204000013887E86"


def test_a_request_over_tcp_has_another_frame() -> None:
    codec = ModbusScale(framing="tcp", unit_id=255, function=4)
    assert codec.request.hex() == "000100000006ff0400000002"


@every_framing
def test_an_answer_is_read_however_the_line_cuts_it(framing: Framing) -> None:
    line = answer(b"\x00\x00\x05\xdc", framing) * 2
    for size in (1, 2, 5, 7, len(line)):
        pieces = [line[at : at + size] for at in range(0, len(line), size)]
        assert weights(ModbusScale(framing=framing), *pieces) == ["1500"] * 2


def test_an_answer_whose_first_bytes_look_like_a_request_is_an_answer() -> None:
    line = bytes.fromhex("010304575087894800")
    scale = ModbusScale(type="bcd")
    found = [one for at in range(len(line)) for one in scale.feed(line[at : at + 1])]
    assert found == [Reading(weight=Decimal(57508789))]


@every_framing
def test_answers_are_found_between_rubbish(framing: Framing) -> None:
    good = answer(b"\x00\x00\x05\xdc", framing)
    line = b"\xff\x00garbage\x01" + good + b"\x01\x03" + good + b"garbage" + good
    assert weights(ModbusScale(framing=framing), line) == ["1500"] * 3
    assert weights(ModbusScale(framing=framing), *(bytes([b]) for b in line)) == ["1500"] * 3


@pytest.mark.parametrize("lost", range(1, 9))
def test_an_answer_that_lost_bytes_does_not_swallow_the_next(lost: int) -> None:
    good = answer(b"\x00\x00\x05\xdc")
    for torn in (good[lost:], good[:-lost], good[:2] + good[2 + lost :]):
        assert set(weights(ModbusScale(), torn + good + good)) == {"1500"}


@pytest.mark.parametrize("at", range(9))
def test_a_damaged_answer_is_no_weight(at: int) -> None:
    good = answer(b"\x00\x00\x05\xdc")
    damaged = good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :]
    codec = ModbusScale()
    assert weights(codec, damaged + good) == ["1500"]
    assert codec.counts.good_frames == 1


def test_a_wrong_checksum_is_named() -> None:
    good = answer(b"\x00\x00\x05\xdc")
    damaged = good[:4] + b"\x01" + good[5:]
    assert ModbusScale().feed(damaged) == [BadFrame("checksum", damaged)]


@every_framing
def test_requests_on_the_line_are_no_answers(framing: Framing) -> None:
    codec = ModbusScale(framing=framing)
    line = (codec.request + answer(b"\x00\x00\x05\xdc", framing)) * 3
    assert weights(codec, line) == ["1500"] * 3
    assert weights(codec, *(bytes([b]) for b in line)) == ["1500"] * 3
    assert codec.counts.bad_frames == 0


@every_framing
def test_answers_to_another_masters_requests_are_passed_over(framing: Framing) -> None:
    codec = ModbusScale(framing=framing)
    theirs = asked(3, 2, framing) + answer(b"\x00\x00\x00\xfa", framing)
    ours = codec.request + answer(b"\x00\x00\x05\xdc", framing)
    refused = asked(0x0400, 9, framing) + refusal(4, framing)
    assert codec.feed(theirs + ours + refused + ours) == [Reading(weight=Decimal(1500))] * 2


def test_a_request_for_a_register_that_looks_like_an_answer_is_a_request() -> None:
    other = asked(0x0400, 2)
    line = other + answer(bytes(4)) + ModbusScale().request + answer(b"\x00\x00\x05\xdc")
    assert weights(ModbusScale(), line) == ["1500"]
    assert weights(ModbusScale(), *(bytes([b]) for b in line)) == ["1500"]


@pytest.mark.parametrize(
    "line",
    [
        answer(b"\x00\x00\x05\xdc", unit_id=2),
        answer(b"\x00\x00\x05\xdc", function=4),
        answer(b"\x05\xdc"),
        refusal(2)[:-1] + b"\x00",
    ],
)
def test_other_units_functions_and_lengths_are_passed_over(line: bytes) -> None:
    codec = ModbusScale()
    assert codec.feed(line) == []
    assert weights(codec, answer(b"\x00\x00\x05\xdc")) == ["1500"]


@every_framing
@pytest.mark.parametrize(
    ("code", "state"), [(4, "error"), (5, "not_executable"), (6, "not_executable")]
)
def test_an_exception_for_now_is_a_state(framing: Framing, code: int, state: Any) -> None:
    assert ModbusScale(framing=framing).feed(refusal(code, framing)) == [no_weight(state)]


@every_framing
def test_an_exception_about_the_map_is_a_bad_frame(framing: Framing) -> None:
    frame = refusal(2, framing)
    assert ModbusScale(framing=framing).feed(frame) == [BadFrame("exception 2", frame)]


@pytest.mark.parametrize(
    ("kind", "order", "data", "number"),
    [
        ("int32", "abcd", "fffffb2e", "-1234"),
        ("int32", "cdab", "fb2effff", "-1234"),
        ("int32", "badc", "ffff2efb", "-1234"),
        ("int32", "dcba", "2efbffff", "-1234"),
        ("uint32", "abcd", "fffffb2e", "4294966062"),
        ("int16", "abcd", "fb2e", "-1234"),
        ("uint16", "badc", "2efb", "64302"),
        ("bcd", "abcd", "00012340", "12340"),
        ("float32", "abcd", "42f6cccd", "123.4"),
        ("float32", "cdab", "cccd42f6", "123.4"),
        ("float32", "abcd", "4b189680", "10000000"),
        ("float32", "abcd", "80000000", "0"),
        ("float32", "abcd", "4b800001", "16777218"),
    ],
)
def test_numbers_in_registers(kind: NumberType, order: ByteOrder, data: str, number: str) -> None:
    found = to_number(bytes.fromhex(data), kind, order)
    assert str(found) == number
    if data != "80000000":
        assert to_bytes(Decimal(number), kind, order).hex() == data


@pytest.mark.parametrize(("kind", "data"), [("float32", "7fc00000"), ("bcd", "0001234a")])
def test_registers_without_a_number_are_an_error(kind: NumberType, data: str) -> None:
    assert ModbusScale(type=kind).feed(answer(bytes.fromhex(data))) == [no_weight("error")]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("int16", "32768"),
        ("uint32", "-1"),
        ("int32", "1.5"),
        ("bcd", "100000000"),
        ("float32", "16777217"),
        ("float32", "NaN"),
    ],
)
def test_numbers_that_a_type_cannot_hold_are_refused(kind: NumberType, number: str) -> None:
    with pytest.raises(ValueError, match=r"is no (int|uint|bcd|float|number)"):
        to_bytes(Decimal(number), kind, "abcd")


def test_a_divisor_keeps_its_decimals() -> None:
    assert weights(ModbusScale(divisor=100), answer(b"\x00\x00\x05\xdc")) == ["15.00"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"map": "fancy"}, "known are cas-ci600d"),
        ({"value": "net"}, "value net: plain has displayed"),
        ({"divisor": "20"}, "divisor 20: expected 1, 10"),
        ({"first": 0, "base": 1}, "register -1 does not exist"),
        ({"first": 65535}, "register 65535 does not exist"),
        ({"function": "6"}, "option 'function'"),
        ({"unit_id": "256"}, "option 'unit_id'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], reason: str) -> None:
    with pytest.raises(BadOption, match=reason):
        scale_decoder("modbus", options)


VARIANTS = [(name, which) for name, model in MAPS.items() for which in model.weights]


@every_framing
@pytest.mark.parametrize(("name", "which"), VARIANTS)
def test_every_map_reads_what_it_writes(name: str, which: Any, framing: Framing) -> None:
    codec = ModbusScale(map=name, value=which, framing=framing)
    unit = MAPS[name].unit or "kg"
    sent = Reading(
        weight=Decimal(-1234),
        unit=unit,
        stable=False,
        mode="net" if which == "net" else "gross",
        tare=Decimal(56),
    )
    [found] = codec.feed(codec.encode(sent))
    assert isinstance(found, Reading)
    assert found.weight == sent.weight
    for fact in ("unit", "stable", "mode", "tare"):
        assert getattr(found, fact) in {None, getattr(sent, fact)}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            0x0800,
            Reading(weight=Decimal("12.50"), unit="t", stable=True, mode="gross", overload=False),
        ),
        (
            0x0080,
            Reading(weight=Decimal("-12.50"), unit="t", stable=False, mode="gross", overload=False),
        ),
        (0x0004, no_weight("overload", unit="t", stable=False, mode="gross")),
        (0x0001, no_weight("error", unit="t", stable=False, mode="gross")),
    ],
)
def test_a_laumas_status_register_says_its_facts(status: int, expected: Reading) -> None:
    data = status.to_bytes(2) + (1250).to_bytes(4) + bytes(8) + b"\x02\x0a"
    assert ModbusScale(map="laumas-tlu").feed(answer(data)) == [expected]


@pytest.mark.parametrize("code", [b"\x04\x0a", b"\x00\x13"])
def test_a_division_that_is_no_weights_is_a_bad_frame(code: bytes) -> None:
    frame = answer(bytes(14) + code)
    assert ModbusScale(map="laumas-tlu").feed(frame) == [BadFrame("division", frame)]


def test_a_divisor_outranks_the_division_register() -> None:
    codec = ModbusScale(map="laumas-tlu", divisor=1)
    data = bytes(2) + (1250).to_bytes(4) + bytes(8) + b"\x00\x0a"
    assert weights(codec, answer(data)) == ["1250"]
    sent = Reading(weight=Decimal(7), unit="kg", stable=True, mode="gross", overload=False)
    assert codec.feed(codec.encode(sent)) == [sent]


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        (0x0002, {"weight": Decimal(100), "stable": True, "mode": "gross", "tare": Decimal(50)}),
        (0x000E, {"weight": Decimal(100), "stable": False, "mode": "net"}),
        (0x4000, {"weight": None, "state": "overload", "overload": True}),
        (0x6000, {"weight": None, "state": "underload", "underload": True}),
        (0x8000, {"weight": None, "state": "error"}),
    ],
)
def test_a_flintec_status_register_says_its_facts(status: int, facts: dict[str, Any]) -> None:
    data = (100).to_bytes(4) + status.to_bytes(2) + (50).to_bytes(4)
    [found] = ModbusScale(map="flintec-ft13").feed(answer(data))
    assert {name: getattr(found, name) for name in facts} == facts


STATES: Sequence[Any] = ("overload", "underload", "error", "not_executable")


@pytest.mark.parametrize("state", STATES)
def test_states_go_and_come(state: Any) -> None:
    codec = ModbusScale(map="id551pn")
    [found] = codec.feed(codec.encode(no_weight(state, mode="gross")))
    assert isinstance(found, Reading)
    assert (found.state, found.weight) == (state, None)


@pytest.mark.parametrize(
    ("options", "facts", "reason"),
    [
        ({}, {"weight": None, "state": "overload"}, "no place for state overload"),
        ({"map": "cas-ci600d"}, {"mode": "net"}, "no place for mode net"),
        ({"map": "eagle-ei1000-lb"}, {"unit": "kg"}, "no place for unit kg"),
        ({"map": "laumas-tlu"}, {"unit": None}, "no place for 5 None"),
        ({"map": "laumas-tlu"}, {"weight": Decimal("0.00001")}, "no place for 0.00001 kg"),
        ({"map": "id551pn"}, {"mode": None}, "no place for mode None"),
        ({"map": "id551pn"}, {"stable": None}, "no place for stable None"),
    ],
)
def test_what_the_registers_cannot_show_is_refused(
    options: dict[str, Any], facts: dict[str, Any], reason: str
) -> None:
    given = {"weight": Decimal(5), "unit": "kg", "stable": True, "mode": "gross", **facts}
    with pytest.raises(ValueError, match=reason):
        ModbusScale(**options).encode(Reading(**given))


def test_everything_moves_with_the_first_register() -> None:
    codec = ModbusScale(map="flintec-ft13", first=100)
    assert codec.request == asked(100, 5)
    laumas = ModbusScale(map="laumas-tlu", first=40_108)
    assert laumas.request == asked(106, 8)


def test_noise_does_not_stay_in_the_buffer() -> None:
    for framing in FRAMINGS:
        codec = ModbusScale(framing=framing)
        codec.feed(b"\x01\x03\x04" * 10_000)
        assert weights(codec, b"", answer(b"\x00\x00\x05\xdc", framing) * 3)[-1] == "1500"
