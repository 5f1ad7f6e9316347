"""Every display protocol: what it sends, that it can be read back, that no text is a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.devices.displays import DISPLAYS, display_codec
from edge.devices.displays.codec import Readback, Shown
from edge.devices.rows import BadOption

DRIVE_ON = Shown(text="Drive on", weight_kg=49_280, stable=True, green=True)
STOP = Shown(text="请停车", weight_kg=None)

SENT = [
    ("plain", {}, DRIVE_ON, b"Drive on\r\n"),
    ("plain", {}, STOP, "请停车\r\n".encode()),
    ("plain", {"encoding": "gb18030"}, STOP, b"\xc7\xeb\xcd\xa3\xb3\xb5\r\n"),
    ("plain", {"echo": "yaohua-continuous"}, DRIVE_ON, b"\x02+04928001C\x03"),
    ("plain", {"echo": "yaohua-continuous"}, STOP, b""),
    ("plain", {"echo": "yaohua-continuous"}, Shown(text="", weight_kg=10_000_000), b""),
    ("laserlight", {}, DRIVE_ON, b"|00DM|32768|N|N|N|0|Drive on!|00DO2!"),
    ("laserlight", {}, STOP, b"|00DM|32768|N|N|N|0|???!|00DO3!"),
    (
        "laserlight",
        {"address": "7", "lamp": "relay"},
        Shown(text="Drive onto the scale"),
        b"|07DM|0|N|N|Y|99|Drive onto the scale!|07SR1OFF!",
    ),
    ("laserlight", {"lamp": "relay"}, DRIVE_ON, b"|00DM|32768|N|N|N|0|Drive on!|00SR1ON!"),
    ("laserlight", {"form": "six", "lamp": "none"}, DRIVE_ON, b"|00DM 49280!"),
    ("laserlight", {"form": "six"}, STOP, b"|00DM------!|00DO3!"),
    ("sb500", {}, DRIVE_ON, b"%1    49280G\r"),
    ("sb500", {"panel": 3}, STOP, b"%3---------R\r"),
    ("sb500", {"show": "text", "lamp": "false"}, Shown(text="go 100%!"), b"%1go 100 ! \x20\r"),
]


@pytest.mark.parametrize(("protocol", "options", "shown", "expected"), SENT)
def test_a_display_is_sent_the_bytes_of_its_manual(
    protocol: str, options: dict[str, object], shown: Shown, expected: bytes
) -> None:
    assert display_codec(protocol, options).encode(shown) == expected


READ = [
    ("plain", {}, "请刷卡\r\n".encode(), [Readback("请刷卡")]),
    ("plain", {"echo": "yaohua-continuous"}, b"\x02+04928001C\x03", [Readback("49280")]),
    ("plain", {"echo": "yaohua-continuous"}, b"\x02+04928001D\x03", []),
    ("laserlight", {}, b"|00DM|5000|Y|Y|N|0|DRIVE AHEAD!", [Readback("DRIVE AHEAD")]),
    ("laserlight", {}, b"|00DM|0|N|N|Y|A|Welcome!", [Readback("Welcome")]),
    ("laserlight", {}, b"|00DMSTOP  !", [Readback("STOP  ")]),
    ("laserlight", {}, b"|00DO3!|00DO2!", [Readback(lamp="red"), Readback(lamp="green")]),
    ("laserlight", {}, b"|00DO1!|00DO0!", [Readback(lamp="green"), Readback(lamp="off")]),
    ("laserlight", {}, b"|00SR1OFF!|00SR1ON!", [Readback(lamp="red"), Readback(lamp="green")]),
    ("laserlight", {}, b"|00SR0OFF!|00DI!", [Readback(), Readback()]),
    ("laserlight", {}, b"|01DO3!", [Readback()]),
    ("laserlight", {}, b"|00DMSTOP!|00GT!|00DO9!|00DO2!", [Readback(lamp="green")]),
    ("laserlight", {}, b"OK |00\xffO3!|00DO3!", [Readback(lamp="red")]),
    ("sb500", {}, b"%1    49280G\r", [Readback("    49280", "green")]),
    (
        "sb500",
        {},
        b"%1  WAIT   R\r%1         \x20\r",
        [Readback("  WAIT   ", "red"), Readback(" " * 9, "off")],
    ),
    ("sb500", {}, b"%2    49280G\r", [Readback()]),
    ("sb500", {}, b"%1    49280X\r%1    49280R\r", [Readback("    49280", "red")]),
]


@pytest.mark.parametrize(("protocol", "options", "data", "expected"), READ)
@pytest.mark.parametrize("size", [1, 1_000])
def test_the_simulated_display_reads_what_the_manual_shows(
    protocol: str, options: dict[str, object], data: bytes, expected: list[Readback], size: int
) -> None:
    codec = display_codec(protocol, options)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert [one for piece in pieces for one in codec.feed(piece)] == expected


ROOMS = [
    ("plain", {}),
    ("plain", {"encoding": "gb18030"}),
    ("laserlight", {}),
    ("laserlight", {"form": "six"}),
    ("sb500", {"show": "text"}),
]


@given(
    text=st.text(max_size=100),
    kg=st.none() | st.integers(-(10**10), 10**10),
    room=st.sampled_from(ROOMS),
)
def test_whatever_is_in_a_text_a_display_sees_one_text_and_no_other_command(
    text: str, kg: int | None, room: tuple[str, dict[str, object]]
) -> None:
    codec = display_codec(*room)
    seen = codec.feed(codec.encode(Shown(text=text, weight_kg=kg)))
    texts = [one.text for one in seen if one.text is not None]
    assert len(texts) == 1
    assert texts[0].isprintable()
    assert [one.lamp for one in seen if one.lamp is not None] in ([], ["red"])


@given(st.binary(max_size=300), st.sampled_from(ROOMS))
def test_rubbish_does_not_keep_a_display_from_showing_the_next_text(
    rubbish: bytes, room: tuple[str, dict[str, object]]
) -> None:
    codec = display_codec(*room)
    codec.feed(rubbish + b"\r\n!")
    seen = [one for _ in range(3) for one in codec.feed(codec.encode(DRIVE_ON))]
    assert any(one.text is not None for one in seen)


def test_an_endless_line_is_dropped() -> None:
    display = display_codec("plain", {})
    display.feed(b"x" * 5_000)
    assert display.feed(b"go\r\n") == [Readback("go")]


def test_a_long_text_is_cut() -> None:
    assert len(display_codec("plain", {}).encode(Shown(text="x" * 500))) == 66


def test_only_displays_with_chinese_characters_are_given_chinese() -> None:
    chinese = {name for name in DISPLAYS if display_codec(name, {}).chinese}
    assert chinese == {"plain"}


@pytest.mark.parametrize(
    ("protocol", "options", "named"),
    [
        ("led", {}, "unknown protocol 'led'; known: laserlight, plain, sb500"),
        ("laserlight", {"address": 32}, "laserlight: option 'address'"),
        ("laserlight", {"form": "round"}, "laserlight: option 'form'"),
        ("sb500", {"panel": 10}, "sb500: option 'panel'"),
        ("plain", {"encoding": "latin-1"}, "plain: option 'encoding'"),
        ("plain", {"echo": "keli"}, "plain: unknown protocol 'keli'"),
        ("plain", {"speed": 1}, "plain: option 'speed'"),
    ],
)
def test_a_wrong_option_is_named(protocol: str, options: dict[str, object], named: str) -> None:
    with pytest.raises(BadOption, match=named):
        display_codec(protocol, options)
