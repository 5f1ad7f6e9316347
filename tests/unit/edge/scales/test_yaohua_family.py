"""Yaohua command mode, equals-sign text, A12 and A12E: manuals' examples and every refusal."""

from decimal import Decimal

import pytest

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.yaohua import YaohuaContinuous
from edge.devices.scales.yaohua_a12 import YaohuaA12, YaohuaA12E
from edge.devices.scales.yaohua_command import YaohuaCommand, command_frame
from edge.devices.scales.yaohua_eq import Format, YaohuaEq

COMMANDS = {
    "A": "024141303003",
    "B": "024142303303",
    "C": "024143303203",
    "D": "024144303503",
    "E": "024145303403",
    "F": "024146303703",
    "0": "024130373103",
}


def numbers(codec: ScaleCodec, *pieces: bytes) -> list[str]:
    found = [one for piece in pieces for one in codec.feed(piece)]
    return [str(one.weight) for one in found if isinstance(one, Reading)]


def captured(form: Format, *pieces: bytes) -> list[Reading | BadFrame | WrongLine]:
    """All of a capture of text between equals signs."""
    codec = YaohuaEq(format=form)
    return [*(one for piece in pieces for one in codec.feed(piece)), *codec.finish()]


def eq_numbers(form: Format, *pieces: bytes) -> list[str]:
    return [str(one.weight) for one in captured(form, *pieces) if isinstance(one, Reading)]


def reply(body: bytes) -> bytes:
    check = 0
    for byte in body:
        check ^= byte
    return b"\x02" + body + b"%02X\x03" % check


def test_a_continuous_frame_may_have_blanks_for_leading_zeros() -> None:
    frame = reply(b"+  15600")
    assert numbers(YaohuaContinuous(), frame) == ["1560"]


def test_a_continuous_frame_with_parity_names_the_line() -> None:
    frame = bytes.fromhex("022B30303135363030313903")
    odd = bytes(b if b.bit_count() % 2 else b | 0x80 for b in frame)
    assert YaohuaContinuous().feed(odd) == [WrongLine("7O1"), Reading(weight=Decimal(1560))]


@pytest.mark.parametrize(("command", "frame"), COMMANDS.items())
def test_commands_are_those_of_the_manual(command: str, frame: str) -> None:
    assert command_frame("A", command).hex().upper() == frame
    assert command_frame("1", command).hex().upper() == frame


def test_the_last_address_is_z() -> None:
    assert command_frame("26", "B") == command_frame("z", "B") == b"\x02ZB18\x03"


@pytest.mark.parametrize("address", ["0", "27", "", "AA", "Ä", "²"])
def test_an_address_that_does_not_exist_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected a letter A-Z or a number 1-26"):
        command_frame(address, "B")


@pytest.mark.parametrize("command", ["", "Z", "BC"])
def test_a_command_that_does_not_exist_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match="known are A, B"):
        command_frame("A", command)


@pytest.mark.parametrize(
    ("value", "request_"), [("gross", "B"), ("tare", "C"), ("net", "D"), (None, "B")]
)
def test_the_request_asks_for_the_value(value: str | None, request_: str) -> None:
    codec = scale_decoder("yaohua-command", {"address": "1", **({"value": value} if value else {})})
    assert codec.request.hex().upper() == COMMANDS[request_]


@pytest.mark.parametrize(("letter", "mode"), [(b"B", "gross"), (b"C", "tare"), (b"D", "net")])
def test_a_reply_says_which_weight_it_is(letter: bytes, mode: str) -> None:
    [found] = YaohuaCommand().feed(reply(b"A" + letter + b"-0015602"))
    assert found == Reading(weight=Decimal("-15.60"), mode=mode)  # type: ignore[arg-type]


def test_a_reply_of_another_indicator_or_value_is_passed_over() -> None:
    codec = YaohuaCommand(address="B", value="gross")
    line = reply(b"AB+0000010") + reply(b"BC+0000020") + reply(b"BB+0000030")
    assert numbers(codec, line) == ["3"]
    assert codec.counts.bad_frames == 0


def test_requests_and_handshakes_are_no_readings() -> None:
    line = b"".join(map(bytes.fromhex, COMMANDS.values()))
    assert YaohuaCommand().feed(line) == []


def test_eot_in_place_of_the_command_is_a_refusal() -> None:
    assert YaohuaCommand().feed(reply(b"A\x04")) == [no_weight("not_executable")]
    assert YaohuaCommand().encode(no_weight("not_executable")) == b"\x02A\x0445\x03"


def test_a_damaged_reply_is_named() -> None:
    frame = reply(b"AB+0015600")
    [damaged] = YaohuaCommand().feed(frame.replace(b"156", b"157"))
    assert isinstance(damaged, BadFrame)
    assert damaged.reason == "checksum"
    [gap] = YaohuaCommand().feed(reply(b"AB+00 5600"))
    assert isinstance(gap, BadFrame)
    assert gap.reason == "malformed"


def test_the_dialect_that_adds_thirty_to_every_nibble_is_understood() -> None:
    frame = reply(b"AB+0000012")
    spelled = [frame.replace(b"1B", check) for check in (b"1B", b"1;", b"1b")]
    assert numbers(YaohuaCommand(), *spelled) == ["0.01"] * 3


def test_a_reply_is_built_as_the_manual_draws_it() -> None:
    sent = Reading(weight=Decimal("15.6"), mode="net")
    assert YaohuaCommand(address=2).encode(sent) == reply(b"BD+0001561")


def test_the_reply_to_another_question_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="the gross weight was asked for"):
        YaohuaCommand(value="gross").encode(Reading(weight=Decimal(1), mode="net"))
    with pytest.raises(ValueError, match="no place for mode None"):
        YaohuaCommand().encode(Reading(weight=Decimal(1)))


@pytest.mark.parametrize(
    ("form", "frame", "weight"),
    [
        ("1", b"=000.3000", "3.000"),
        ("1", b"=00.1000-", "-1.00"),
        ("1", b"weigh02THS079773760432=09200000", "290"),
        ("1", b"=5.21   0", "12.5"),
        ("2", b"=0003.000", "3.000"),
        ("2", b"=-0001.00", "-1.00"),
        ("2", b"=   12.50", "12.50"),
        ("2", b"= 0004.0", "4.0"),
        ("2", b"=-0000.0=-0000.0= 0004.5=-0012.0", "0.0 4.5 -12.0"),
        ("2", b"=0002.000kg;0001.00;0002.00=0003.000kg;0001.00;0003.00", "2.000 3.000"),
        ("2", b"=0003.000;0001.50;0004.50=0003.000;0001.50;0004.50", "3.000 3.000"),
        ("2", b"=0003.000kg=0003.000\r\n=0003.000k", "3.000 3.000 3.000"),
        ("trailing", b"543.210=", "12.345"),
        ("trailing", b"43.210-=", "-12.34"),
        ("trailing", b"543.210=000.010=", "12.345 10.000"),
    ],
)
def test_text_between_equals_signs_is_read(form: Format, frame: bytes, weight: str) -> None:
    assert eq_numbers(form, frame) == weight.split()
    assert eq_numbers(form, *(frame[at : at + 1] for at in range(len(frame)))) == weight.split()


@pytest.mark.parametrize(
    ("form", "frame"),
    [("1", b"=05.21000"), ("2", b"=00012.50"), ("trailing", b"05.2100=")],
)
def test_text_between_equals_signs_is_written(form: Format, frame: bytes) -> None:
    assert YaohuaEq(format=form).encode(Reading(weight=Decimal("12.50"))) == frame


@pytest.mark.parametrize(
    ("form", "frame"),
    [("1", b"=05.2100-"), ("2", b"=-0012.50"), ("trailing", b"05.210-=")],
)
def test_the_minus_has_its_place(form: Format, frame: bytes) -> None:
    assert YaohuaEq(format=form).encode(Reading(weight=Decimal("-12.50"))) == frame


def test_a_price_comes_with_a_unit_and_pieces_are_no_weight() -> None:
    kg = b"=0002.000kg;0001.00;0002.00"
    assert captured("2", kg) == [Reading(weight=Decimal("2.000"), unit="kg")]
    assert captured("1", kg) == [BadFrame("a price: set format 2", kg)]
    pieces = b"=00000020pc;0001.00;0020.00"
    assert captured("2", pieces) == [BadFrame("unit", pieces)]


@pytest.mark.parametrize(
    ("form", "frame"),
    [
        ("1", b"=000.30000"),
        ("1", b"=000.3000-0"),
        ("1", b"=0.4000 "),
        ("2", b"=00003.000"),
        ("2", b"=000012345"),
        ("2", b"=003.000"),
        ("2", b"=0004.0"),
    ],
)
def test_a_frame_of_another_length_is_bad(form: Format, frame: bytes) -> None:
    assert captured(form, frame * 3) == [BadFrame("length", frame)] * 3


def test_a_short_frame_is_not_believed_among_long_ones() -> None:
    long, torn = b"=-0012.50", b"=-012.50"
    assert captured("2", long + torn + long) == [
        Reading(weight=Decimal("-12.50")),
        BadFrame("not as long as the last", torn),
        Reading(weight=Decimal("-12.50")),
    ]


def test_eight_bytes_that_begin_with_the_equals_sign_are_read_as_trailing() -> None:
    codec = YaohuaEq(format="trailing")
    assert numbers(codec, b"=78.6500=78.6500") == ["56.87"]
    assert codec.finish() == [Reading(weight=Decimal("56.87"))]
    torn = YaohuaEq(format="trailing")
    assert numbers(torn, b"=8.6500") + torn.finish() == []


def test_a_format_written_as_a_number_is_understood() -> None:
    assert numbers(scale_decoder("yaohua-eq", {"format": 2}), b"=0003.000=") == ["3.000"]


@pytest.mark.parametrize(
    ("form", "frame"),
    [
        ("1", b"=00.3.000"),
        ("1", b"= 00.3000"),
        ("2", b"=000 .000"),
        ("2", b"=       ."),
        ("trailing", b"5.3.210="),
    ],
)
def test_what_is_no_number_is_bad(form: Format, frame: bytes) -> None:
    assert captured(form, frame) == [BadFrame("malformed", frame)]


@pytest.mark.parametrize("torn", [b"43.210=", b"3.210=", b"5543.210=", b"543.543.210="])
def test_a_torn_trailing_frame_is_never_read(torn: bytes) -> None:
    assert numbers(YaohuaEq(format="trailing"), torn) == []


@pytest.mark.parametrize(("form", "frame"), [("1", b"=00.100-"), ("2", b"=0003.00=0003.000")])
def test_a_frame_that_lost_a_byte_is_not_read(form: Format, frame: bytes) -> None:
    assert len(eq_numbers(form, frame)) == frame.count(b"=") - 1


def test_what_seven_characters_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit 7"):
        YaohuaEq().encode(Reading(weight=Decimal("1234.567")))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            b"WG004.139kg3D\r\n",
            Reading(
                weight=Decimal("4.139"), unit="kg", mode="gross", overload=False, underload=False
            ),
        ),
        (b"         OL23\r\n", no_weight("overload")),
        (b"         LO23\r\n", no_weight("underload")),
    ],
)
def test_a12e_frames_read_as_the_manual_says(frame: bytes, expected: Reading) -> None:
    assert YaohuaA12E().feed(frame) == [expected]
    assert YaohuaA12E().encode(expected) == frame


@pytest.mark.parametrize("end", [b"\r", b"\n"])
def test_an_a12e_line_may_end_with_either_byte(end: bytes) -> None:
    assert numbers(YaohuaA12E(), b"WG004.139kg3D" + end) == ["4.139"]


def test_an_a12e_weight_without_a_point_ends_with_a_blank() -> None:
    assert numbers(YaohuaA12E(), reply(b"WG-04139 kg")[1:-1] + b"\r\n") == ["-4139"]


def test_an_a12e_capture_may_end_before_its_line_does() -> None:
    codec = YaohuaA12E()
    assert numbers(codec, b"WG004.139kg3D") == []
    assert [one.weight for one in codec.finish() if isinstance(one, Reading)] == [Decimal("4.139")]
    assert codec.counts.total_bytes == 13


@pytest.mark.parametrize(
    ("body", "reason"), [(b"WG004.139kN", "unit"), (b"WG00-.139kg", "malformed")]
)
def test_a12e_frames_that_say_nothing_are_named(body: bytes, reason: str) -> None:
    frame = reply(body)[1:-1] + b"\r\n"
    assert YaohuaA12E().feed(frame) == [BadFrame(reason, frame)]


def test_a_wrong_a12e_checksum_is_named() -> None:
    frame = b"WG004.139kg3C\r\n"
    assert YaohuaA12E().feed(frame) == [BadFrame("checksum", frame)]


@pytest.mark.parametrize(
    ("frame", "weight", "unit", "mode"),
    [
        (b"ww000.000lb", "0.000", "lb", "gross"),
        (b"wn-0000.1kg", "-0.1", "kg", "net"),
        (b"wt000.000kg", "0.000", "kg", "tare"),
        (b"wn-003.17kg", "-3.17", "kg", "net"),
        (b"ww0003.17KG\r\n", "3.17", "kg", "gross"),
        (b"ww003170 kg\r\n", "3170", "kg", "gross"),
        (b"wn 0002.02kg\r\n", "2.02", "kg", "net"),
        (b"wn-0002.02kg\r\n", "-2.02", "kg", "net"),
        (b"ww 031700 kg\r\n", "31700", "kg", "gross"),
    ],
)
def test_a12_frames_are_read(frame: bytes, weight: str, unit: str, mode: str) -> None:
    [found] = YaohuaA12().feed(b"\xff\x00garbage" + frame)
    assert isinstance(found, Reading)
    assert (str(found.weight), found.unit, found.mode) == (weight, unit, mode)


def test_a_longer_a12_frame_that_lost_a_byte_is_never_another_weight() -> None:
    frame = b"ww 1234.56kg"
    torn = [frame[:at] + frame[at + 1 :] for at in range(len(frame))]
    assert [numbers(YaohuaA12(), one) for one in torn if one != b"ww1234.56kg"] == [[]] * 11


def test_a_negative_a12_frame_that_lost_a_digit_is_not_believed_among_others() -> None:
    frame, torn = b"ww-1234.56kg\r\n", b"ww-134.56kg\r\n"
    codec = YaohuaA12()
    assert numbers(codec, frame, torn, frame) == ["-1234.56"] * 2
    assert codec.feed(torn) == [BadFrame("length", torn.rstrip())]


def test_a_malformed_a12_number_is_bad() -> None:
    assert YaohuaA12().feed(b"ww00.0.00kg") == [BadFrame("malformed", b"ww00.0.00kg")]
    assert YaohuaA12().feed(b"ww00-.000kg") == []


def test_the_a12_has_no_place_for_tonnes_nor_states() -> None:
    with pytest.raises(ValueError, match="no place for unit t"):
        YaohuaA12().encode(Reading(weight=Decimal(1), unit="t", mode="gross"))
    with pytest.raises(ValueError, match="no place for the state overload"):
        YaohuaA12().encode(no_weight("overload", unit="kg", mode="gross"))
    with pytest.raises(ValueError, match="no place for state error"):
        YaohuaA12E().encode(no_weight("error"))


def test_a_command_answer_may_have_eight_digits() -> None:
    codec = scale_decoder("yaohua-command", {})
    eight = bytes.fromhex("0241422B303030313233343030314303")
    assert codec.feed(eight) == [Reading(weight=Decimal(12340), mode="gross")]
    six = codec.encode(Reading(weight=Decimal(1234), mode="gross"))
    assert codec.feed(six + eight) == [
        BadFrame("not as long as the last", six),
        Reading(weight=Decimal(12340), mode="gross"),
    ]
    only_eight = scale_decoder("yaohua-command", {"digits": "8"})
    assert only_eight.feed(six) == [BadFrame(UNKNOWN_FORM, six)]


@pytest.mark.parametrize("body", [b"AB+00012340", b"AB+1234567890", b"AB+ABCDEF0", b"AB 0012340"])
def test_an_answer_of_no_known_width_is_bad(body: bytes) -> None:
    assert YaohuaCommand().feed(reply(body)) == [BadFrame(UNKNOWN_FORM, reply(body))]


def test_other_widths_of_an_answer_are_refused() -> None:
    with pytest.raises(BadOption, match="digits must be 6 or 8, got 7"):
        scale_decoder("yaohua-command", {"digits": "7"})
