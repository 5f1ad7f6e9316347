"""Toledo continuous and Flintec's kind of it: lengths, checksums seen, words, states, refusals."""

from decimal import Decimal
from typing import Any

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.scales.flintec import FlintecToledo
from edge.devices.scales.toledo import ToledoContinuous

RUBBISH = b"\xff\x00garbage"
FLINTEC = bytes.fromhex("027D31302020303735302020203235300D0A06")


def frame(weight: bytes, tare: bytes = b"", *, words: bytes = b"\x2c\x30\x20") -> bytes:
    """A frame without its checksum."""
    return b"\x02" + words + weight + tare + b"\r"


def checked(body: bytes) -> bytes:
    return body + bytes([-sum(body) & 0x7F])


LONG = frame(b"000500", b"000000", words=b"\x2c\x70\x60")
SHORT = frame(b"000500", words=b"\x2c\x70\x60")
FORMS = {
    "long": LONG,
    "short": SHORT,
    "long checked": checked(LONG),
    "short checked": checked(SHORT),
}

every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def found(codec: ToledoContinuous, *pieces: bytes) -> list[Any]:
    return [one for piece in pieces for one in codec.feed(piece)] + codec.finish()


def weights(codec: ToledoContinuous, *pieces: bytes) -> list[str]:
    return [str(one.weight) for one in found(codec, *pieces) if isinstance(one, Reading)]


def test_the_published_frame_has_the_published_checksum() -> None:
    assert checked(LONG)[-1] == 0x30


@every_form
def test_every_length_is_read_whole_byte_by_byte_and_repeated(form: bytes) -> None:
    assert weights(ToledoContinuous(), form) == ["5.00"]
    assert weights(ToledoContinuous(), *(form[at : at + 1] for at in range(len(form)))) == ["5.00"]
    assert weights(ToledoContinuous(), form * 3) == ["5.00"] * 3


@every_form
def test_rubbish_around_a_frame_changes_nothing(form: bytes) -> None:
    assert weights(ToledoContinuous(), RUBBISH + form + RUBBISH) == ["5.00"]


def test_only_the_long_form_has_a_tare() -> None:
    [long] = found(ToledoContinuous(), frame(b"012500", b"000250"))
    [short] = found(ToledoContinuous(), frame(b"012500"))
    [blank] = found(ToledoContinuous(), frame(b"012500", b"      "))
    assert (long.tare, short.tare, blank.tare) == (Decimal("2.50"), None, None)


@pytest.mark.parametrize(
    ("code", "included", "append"),
    [
        (0, "1200", "120000"),
        (1, "1200", "12000"),
        (2, "1200", "1200"),
        (3, "120.0", "120.0"),
        (7, "0.01200", "0.01200"),
    ],
)
def test_the_point_and_its_dummy_zeros(code: int, included: str, append: str) -> None:
    line = frame(b"  1200", words=bytes([0x28 | code, 0x30, 0x20]))
    assert weights(ToledoContinuous(), line) == [included]
    assert weights(ToledoContinuous(dummy_zero="append"), line) == [append]


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        (b"\x2a\x30\x20", {"unit": "kg", "stable": True, "mode": "gross"}),
        (b"\x2a\x29\x20", {"unit": "lb", "stable": False, "mode": "net"}),
        (b"\x2a\x30\x21", {"unit": "g"}),
        (b"\x2a\x30\x22", {"unit": "t"}),
        (b"\x2a\x32\x20", {"weight": Decimal(-1200)}),
        (b"\x6a\x30\x30", {"unit": None, "weight": Decimal(1200)}),
        (b"\x2a\x70\x38", {"weight": Decimal(1200), "overload": False, "underload": False}),
    ],
)
def test_the_status_words_say_what_the_weight_is(words: bytes, facts: dict[str, object]) -> None:
    [reading] = found(ToledoContinuous(), frame(b"001200", words=words))
    assert {name: getattr(reading, name) for name in facts} == facts


def test_minus_zero_is_zero() -> None:
    [reading] = found(ToledoContinuous(), frame(b"000000", words=b"\x2b\x32\x20"))
    assert str(reading.weight) == "0.0"


@pytest.mark.parametrize(("swb", "state"), [(0x34, "overload"), (0x36, "underload")])
def test_out_of_range_is_a_state_whatever_the_digits_say(swb: int, state: Any) -> None:
    line = frame(b"------", words=bytes([0x2C, swb, 0x20]))
    assert found(ToledoContinuous(), line) == [
        no_weight(state, unit="kg", stable=True, mode="gross")
    ]


def test_expanded_and_unzeroed_weights_are_refused_if_wanted() -> None:
    expanded, unzeroed = (
        frame(b"000500", words=words) for words in (b"\x2c\x30\x30", b"\x2c\x70\x20")
    )
    clone = frame(b"000500", words=b"\x6c\x30\x30")
    refusing = ToledoContinuous(expanded="refuse", not_zeroed="refuse", checksum="no")
    assert found(refusing, expanded, unzeroed) == [no_weight("error", unit="kg")] * 2
    assert weights(refusing, clone) == ["5.00"]
    assert weights(ToledoContinuous(), expanded + unzeroed) == ["5.00", "5.00"]


@pytest.mark.parametrize("field", [b"12.500", b"      ", b"- 1250", b"12 500"])
def test_a_field_that_is_no_number_is_bad(field: bytes) -> None:
    [weight] = found(ToledoContinuous(), frame(field))
    assert weight == BadFrame("malformed", frame(field))
    if field.strip():
        [tare] = found(ToledoContinuous(), frame(b"000500", field))
        assert tare == BadFrame("malformed", frame(b"000500", field))


def test_a_unit_that_no_truck_is_weighed_in_is_named() -> None:
    ounces = frame(b"000500", words=b"\x2c\x30\x23")
    assert found(ToledoContinuous(), ounces) == [BadFrame("unit", ounces)]


def test_a_wrong_checksum_is_named_and_gives_no_weight() -> None:
    damaged = checked(LONG).replace(b"000500", b"000600")
    assert found(ToledoContinuous(), damaged) == [BadFrame("checksum", damaged)]
    assert found(ToledoContinuous(), damaged + damaged) == [BadFrame("checksum", damaged)] * 2


def test_a_checksum_that_looks_like_stx_is_a_checksum() -> None:
    body = frame(b"099999", b"000000", words=b"\x2a\x38\x20")
    line = checked(body)
    assert line[-1] == 0x02
    assert weights(ToledoContinuous(), line * 3) == ["99999"] * 3
    assert weights(ToledoContinuous(), *(bytes([byte]) for byte in line * 3)) == ["99999"] * 3
    damaged = line.replace(b"099999", b"088999")
    assert weights(ToledoContinuous(), damaged * 3) == []
    assert weights(ToledoContinuous(), *(bytes([byte]) for byte in damaged * 3)) == []


@pytest.mark.parametrize("form", [LONG, SHORT], ids=["long", "short"])
def test_line_ends_behind_unchecked_frames_are_believed_when_they_come_again(form: bytes) -> None:
    line = (form + b"\n") * 3
    assert weights(ToledoContinuous(), line) == ["5.00"] * 2
    assert weights(ToledoContinuous(), *(bytes([byte]) for byte in line)) == ["5.00"] * 2
    assert weights(ToledoContinuous(checksum="no"), line) == ["5.00"] * 3


def test_a_first_frame_with_a_line_end_for_a_checksum_says_what_to_set() -> None:
    line = frame(b"000500", b"000000") + b"\n"
    codec = ToledoContinuous()
    (bad,) = codec.feed(line) + codec.finish()
    assert bad == BadFrame("LF in the place of the checksum: checksum=no", line)
    assert weights(ToledoContinuous(checksum="no"), line) == ["5.00"]


def test_a_checksum_that_looks_like_a_line_end_is_a_checksum() -> None:
    line = checked(frame(b"089999", b"000000", words=b"\x2b\x30\x20"))
    assert line[-1] == 0x0A
    damaged = line.replace(b"089999", b"090000")
    assert weights(ToledoContinuous(), (line + damaged) * 2 + RUBBISH) == ["8999.9"] * 2


def test_an_unchecked_frame_is_read_at_once_if_the_line_has_no_checksums() -> None:
    assert len(ToledoContinuous(checksum="no").feed(LONG)) == 1
    assert ToledoContinuous(checksum="auto").feed(LONG) == []


def test_a_missing_checksum_is_wrong_if_the_line_has_them() -> None:
    [first, *_] = ToledoContinuous(checksum="yes").feed(LONG + LONG)
    assert first == BadFrame("checksum", LONG + b"\x02")


def test_a_long_frame_that_lost_its_tare_is_not_believed_among_others() -> None:
    codec = ToledoContinuous(checksum="no")
    assert weights(codec, LONG + frame(b"000700") + LONG) == ["5.00", "5.00"]


def test_another_form_is_believed_when_it_comes_twice() -> None:
    codec = ToledoContinuous(checksum="no")
    assert weights(codec, LONG + SHORT + SHORT + SHORT) == ["5.00"] * 3


def test_an_eight_bit_checksum_of_a_clone_is_never_taken_for_rubbish() -> None:
    body = frame(b"000500", b"000000", words=b"\x6c\x30\x30")
    line = body + bytes([-sum(body) & 0xFF])
    assert line[-1] > 0x7F
    assert weights(ToledoContinuous(), line) == ["5.00"]
    assert weights(ToledoContinuous(), line.replace(b"000500", b"000600")) == []


@pytest.mark.parametrize(("setting", "odd"), [("7E1", 0), ("7O1", 1)])
@every_form
def test_parity_bits_are_read_and_named(form: bytes, setting: str, odd: int) -> None:
    line = bytes(b | 0x80 if b.bit_count() % 2 != odd else b for b in form)
    first, *rest = found(ToledoContinuous(), line * 2)
    assert first == WrongLine(setting)
    assert [str(one.weight) for one in rest] == ["5.00"] * 2


@pytest.mark.parametrize("form", [LONG, SHORT], ids=["long", "short"])
def test_a_byte_that_breaks_the_parity_of_a_frame_is_no_checksum_of_it(form: bytes) -> None:
    odd = bytes(b if b.bit_count() % 2 else b | 0x80 for b in form)
    assert weights(ToledoContinuous(), odd + RUBBISH) == ["5.00"]
    assert weights(ToledoContinuous(), odd + b"\x31" + RUBBISH) == []
    broken = odd[:5] + bytes([odd[5] ^ 0x80]) + odd[6:]
    assert weights(ToledoContinuous(), broken + RUBBISH) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mode": "tare"}, "no place for mode tare"),
        ({"stable": None}, "no place for stable None"),
        ({"unit": None}, "no place for unit None"),
        ({"tare": Decimal(-1)}, "no place for a negative tare"),
        ({"weight": Decimal(1234567)}, "six digits cannot show"),
        ({"weight": Decimal("0.000001")}, "six digits cannot show"),
        ({"weight": None, "state": "error"}, "no place for state error"),
    ],
)
def test_what_the_frame_cannot_show_is_refused(changed: dict[str, Any], reason: str) -> None:
    facts = {"weight": Decimal(5), "unit": "kg", "stable": True, "mode": "gross", **changed}
    with pytest.raises(ValueError, match=reason):
        ToledoContinuous().encode(Reading(**facts))


def test_an_indicator_out_of_range_is_shown_without_a_number() -> None:
    sent = no_weight("underload", unit="lb", mode="gross", stable=True)
    assert ToledoContinuous().feed(ToledoContinuous().encode(sent)) == [sent]
    sent = no_weight("overload", mode="gross", stable=False)
    assert FlintecToledo().feed(FlintecToledo().encode(sent)) == [sent]


def test_appended_dummy_zeros_make_room_for_a_long_number() -> None:
    codec = ToledoContinuous(dummy_zero="append")
    sent = Reading(weight=Decimal(12_345_600), unit="kg", stable=True, mode="gross")
    assert codec.encode(sent)[4:10] == b"123456"
    with pytest.raises(ValueError, match="six digits cannot show"):
        codec.encode(Reading(weight=Decimal(123_456_700), unit="kg", stable=True, mode="gross"))


def test_flintecs_own_example_is_read() -> None:
    [reading] = FlintecToledo().feed(b"\x02" + FLINTEC)[1:]
    assert reading == Reading(
        weight=Decimal("0.750"),
        stable=True,
        mode="net",
        overload=False,
        underload=False,
        tare=Decimal("0.250"),
    )
    assert FlintecToledo().feed(FlintecToledo().encode(reading)) == [reading]


def flintec(words: bytes, weight: bytes, tare: bytes = b"000000") -> bytes:
    body = b"\x02" + words + weight + tare + b"\r\n"
    return body + bytes([-sum(body) & 0xFF])


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (b"OVER  ", "overload"),
        (b"UNDER ", "underload"),
        (b"  OVER", "overload"),
        (b"A.OUT ", "error"),
    ],
)
def test_a_flintec_error_stands_in_the_weights_place(text: bytes, state: Any) -> None:
    assert FlintecToledo().feed(flintec(b"\x6a\x3d0", text)) == [
        no_weight(state, stable=False, mode="net")
    ]


def test_flintec_frames_that_say_nothing_are_named() -> None:
    bad = [flintec(b"\x6a00", b"12.500"), flintec(b"\x6a00", b"001250", b"12 500")]
    damaged = FLINTEC.replace(b"0750", b"0751")
    for line, reason in [(bad[0], "malformed"), (bad[1], "malformed"), (damaged, "checksum")]:
        assert FlintecToledo().feed(line) == [BadFrame(reason, line)]


def test_a_flintec_fault_without_a_word_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="no place for state error"):
        FlintecToledo().encode(no_weight("error", mode="gross"))


@pytest.mark.parametrize("make", [ToledoContinuous, FlintecToledo])
@pytest.mark.parametrize("stable", [True, False])
def test_a_turned_motion_bit_is_read_and_written_the_other_way_round(
    make: Any,
    stable: bool,  # noqa: FBT001  # the fact itself
) -> None:
    reading = Reading(weight=Decimal(20), unit="kg", mode="gross", stable=stable)
    sent = make(motion="inverted").encode(reading)
    (right,) = [one for one in make(motion="inverted").feed(sent) if isinstance(one, Reading)]
    (wrong,) = [one for one in make().feed(sent) if isinstance(one, Reading)]
    assert (right.stable, wrong.stable) == (stable, not stable)
