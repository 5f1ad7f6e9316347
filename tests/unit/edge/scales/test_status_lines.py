"""Laws of the `ST,GS` family: what is written is read, and damage is no other weight."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.framing import UNKNOWN_FORM
from edge.devices.readings import BadFrame, Reading, no_weight
from edge.devices.scales import scale_decoder
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.steady_lines import LOCKED, STRANGE
from tests.unit.edge.lines import cut, fed

WORDS = {"ST": True, "US": False, "HD": None}
KINDS = {
    "GS": "gross",
    "GR": "gross",
    "G ": "gross",
    "NT": "net",
    "N": "net",
    "TR": "tare",
    "": None,
}
READERS = ("and-standard", "tscale", "dini-argeo", "cas-22")


@dataclass(frozen=True)
class Form:
    """How one indicator writes its lines."""

    reader: str
    kind: str
    gap: str
    sign: str
    """`own`: a character before the blanks; `inside`: at the digits; `before`: only if there is
    a minus, and then in front of the field."""
    width: int
    pad: str
    decimals: int
    point: str
    between: str
    unit: str
    behind: str
    end: str

    def line(self, word: str, digits: int) -> bytes:
        """Write a line; `digits` is the number without its point."""
        text = f"{abs(digits):0{self.decimals + 1}d}"
        if self.decimals:
            text = f"{text[: -self.decimals]}{self.point}{text[-self.decimals :]}"
        minus = digits < 0
        if self.sign == "inside":
            field = (f"{'-' if minus else ''}{text}").rjust(self.width)
        else:
            field = text.rjust(self.width, self.pad)
            field = ("-" if minus else "+" if self.sign == "own" else "") + field
        lamps = "1\x44," if self.reader == "cas-22" else ""
        head = f"{word},{self.kind}" if self.kind else word
        gap = "," if self.reader == "cas-22" else self.gap
        number = f"{gap}{lamps}{field}{self.between}"
        return f"{head}{number}{self.unit}{self.behind}{self.end}".encode()

    def reading(self, word: str, digits: int) -> Reading:
        weight = Decimal(digits).scaleb(-self.decimals)
        return Reading(
            weight=weight or weight.copy_abs(),
            unit=self.unit.strip().lower() or None,  # type: ignore[arg-type]  # of the vocabulary
            stable=WORDS[word],
            mode=KINDS[self.kind],  # type: ignore[arg-type]  # of the vocabulary
            overload=False,
            underload=None if self.reader in {"tscale", "cas-22"} else False,
        )

    def codec(self) -> ScaleCodec:
        return scale_decoder(self.reader, {})


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Any form; of CAS those that keep its bytes before the number, and a unit."""
    reader = draw(st.sampled_from(READERS))
    is_cas = reader == "cas-22"
    unit = draw(st.sampled_from(["kg", "KG", "g", "t", "lb"] + ([] if is_cas else [""])))
    between = draw(st.sampled_from(["  "] if is_cas else ["", " ", "  ", ",", ", "]))
    sign = draw(st.sampled_from(["own", "inside", "before"]))
    return Form(
        reader=reader,
        kind=draw(st.sampled_from(["GS", "NT"] if is_cas else list(KINDS))),
        gap=draw(st.sampled_from([",", ""])),
        sign=sign,
        width=draw(st.integers(6, 12)),
        pad=" " if sign == "inside" else draw(st.sampled_from(" 0")),
        decimals=draw(st.integers(0, 4)),
        point="." if is_cas else draw(st.sampled_from(".,")),
        between=between,
        unit=unit,
        behind=draw(st.sampled_from(["", " ", "  "])),
        end=draw(st.sampled_from(["\r\n", "\r", "\n"])),
    )


def writable(form: Form) -> bool:
    """Tell whether something parts the word from the number, whose comma parts no thousands."""
    may_be_thousands = form.point == "," and form.decimals == 3 and form.unit != "t"
    return bool(form.gap or form.kind) and not may_be_thousands


words = st.sampled_from(list(WORDS))
numbers = st.integers(-99_999, 99_999)


@settings(max_examples=400, deadline=None)
@given(form=forms().filter(writable), data=st.data())
def test_what_is_written_is_read_as_it_stands_however_the_line_cuts_it(
    form: Form, data: st.DataObject
) -> None:
    word = data.draw(
        words if form.reader not in {"tscale", "cas-22"} else st.sampled_from(["ST", "US"])
    )
    digits = data.draw(numbers)
    line = form.line(word, digits)
    sizes = data.draw(st.lists(st.integers(0, 30), max_size=12))
    assert fed(form.codec(), cut(line * 2, sizes)) == [form.reading(word, digits)] * 2


def damaged(line: bytes) -> Iterator[bytes]:
    """Every line with one byte lost, doubled, or changed in a way that the grammar can see.

    It cannot see a digit that becomes another, or a blank before the number that becomes one, or
    the first digit that becomes such a blank.
    """
    for at, byte in enumerate(line):
        yield line[:at] + line[at + 1 :]
        yield line[: at + 1] + line[at:]
        is_first_digit = line[at : at + 1].isdigit() and not line[at - 1 : at].isdigit()
        others = b".,-+kg\x00\xff\r\n" + b" " * (not is_first_digit) + b"5" * (byte in b".,")
        for other in others:
            yield line[:at] + bytes([other]) + line[at + 1 :]


@settings(max_examples=25, deadline=None)
@given(form=forms().filter(writable), digits=numbers)
def test_one_damaged_line_among_equal_ones_is_no_other_stable_weight(
    form: Form, digits: int
) -> None:
    line, right = form.line("ST", digits), form.reading("ST", digits)
    for bad in damaged(line):
        found = fed(form.codec(), [line * LOCKED + bad + line * 2])
        stable = [one for one in found if isinstance(one, Reading) and one.stable]
        weights = {(one.weight, one.unit) for one in stable if one.weight is not None}
        assert weights == {(right.weight, right.unit)}, bad
        assert len(stable) >= LOCKED + 1, bad


WIDE = b"ST,GS,+  123.45 kg\r\n"
"""Of no usual form: nine characters and a unit of three."""
WIDE_READING = Reading(
    weight=Decimal("123.45"), unit="kg", stable=True, mode="gross", overload=False, underload=False
)


def found(*lines: bytes) -> list[object]:
    return list(scale_decoder("and-standard", {}).feed(b"".join(lines)))


def strange(line: bytes) -> BadFrame:
    return BadFrame(STRANGE, line)


@pytest.mark.parametrize("protocol", ["and-standard", "tscale", "dini-argeo"])
@pytest.mark.parametrize(
    ("line", "state"),
    [
        (b"OL\r\n", "overload"),
        (b"UL\r\n", "underload"),
        (b"OL    kg\r\n", "overload"),
        (b"OL,GS,+            \r\n", "overload"),
        (b"OL,GS,-            \r\n", "underload"),
        (b"OL,NT,+9999.99kg\r\n", "overload"),
        (b"OL,+9999999E+19\r\n", "overload"),
        (b"UL,GS,-9999999 kg\r\n", "underload"),
        (b"     OL    \r\n", "overload"),
        (b"+OL\r\n", "overload"),
        (b"-OL  kg\r\n", "underload"),
        (b"ST,GS,   OL   kg\r\n", "overload"),
        (b"US,NT,-  oL\r\n", "underload"),
        (b"ST,GS,   UL  ,kg\r\n", "underload"),
        (b"ST,GS,- - - - kg\r\n", "out_of_range"),
        (b"ST,GS,----------kg\r\n", "out_of_range"),
    ],
)
def test_a_state_of_any_length_is_a_state_at_once(protocol: str, line: bytes, state: str) -> None:
    assert scale_decoder(protocol, {}).feed(line) == [no_weight(state)]  # type: ignore[arg-type]  # of the vocabulary


@pytest.mark.parametrize("protocol", ["and-standard", "tscale", "dini-argeo"])
@pytest.mark.parametrize(
    "line",
    [
        b"ZR,GS,+0000000kg\r\n",
        b"ZR,GS,     0.0kg\r\n",
        b"ZR,NT,   0.000,kg\r\n",
        b"ZR,GS,-  0.00 kg\r\n",
    ],
)
def test_a_zero_line_is_a_stable_zero(protocol: str, line: bytes) -> None:
    read = scale_decoder(protocol, {}).feed(line * 2)
    assert read
    for one in read:
        assert isinstance(one, Reading)
        assert (one.weight, one.stable) == (Decimal(0), True)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ST,GS,+  1 460 kg\r\n", "malformed"),
        (b"ST,GS,+ 1,234.5 kg\r\n", "malformed"),
        (b"ST,GS,+ 1.234.5 kg\r\n", "malformed"),
        (b"ST,GS,+123.45 oz\r\n", "unit"),
        (b"ST,GS,+kg\r\n", "malformed"),
        (b"ST,GS,  20,000,kg\r\n", "comma before three digits"),
        (b"ST,GS,+020,000kg\r\n", "comma before three digits"),
        (b"US,NT,-  1,234 lb\r\n", "comma before three digits"),
        (b"ST,GS,+ 20,000\r\n", "comma before three digits"),
        (b"ZR,GS,+  123.45 kg\r\n", "not zero"),
        (b"ST,VL,   12345678,vv\r\n", "raw points"),
        (b"XX,GS,+  123.45 kg\r\n", "status word"),
        (b"ST,XX,+  123.45 kg\r\n", "status word"),
        (b"ST,GS,--1234kg\r\n", "malformed"),
        (b"QT,+00000123 PC\r\n", "status word"),
        (b"ST 1234 kg\r\n", "status word"),
        (b"01ST1234 kg\r\n", "status word"),
        (b"ST GS +0001234kg\r\n", "status word"),
        (b"ST;GS;+0001234kg\r\n", "status word"),
        (b"STGS+0001234kg\r\n", "status word"),
        (b"st,gs,+0001234kg\r\n", "status word"),
        (b"S,GS,+00012.5kg\r\n", "status word"),
        (b"Z ,GS,+0000000kg\r\n", "status word"),
        (b"OVER,GS,       kg\r\n", "status word"),
        (b"    12.5 KG G\r\n", "status word"),
    ],
)
def test_what_nearly_fits_is_a_bad_frame_with_its_reason(line: bytes, reason: str) -> None:
    assert found(line) == [BadFrame(reason, line)]


@pytest.mark.parametrize(
    ("text", "weight"), [("+020,000 t", "20.000"), ("+00020,0kg", "20.0"), ("+0020,00kg", "20.00")]
)
def test_a_comma_that_parts_no_thousands_is_a_point(text: str, weight: str) -> None:
    (reading,) = found(f"ST,GS,{text}\r\n".encode())
    assert isinstance(reading, Reading)
    assert str(reading.weight) == weight


SAID = ("ST,+0012340kg", "ST,GS,+0012340kg", "ST,GS   12340kg", "ST,GS,   12340,kg")
BEFORE = ("NT,", "N,", "TARE,", "US,", "ST,", "NT, ", "NT ", "NT", "XX,")


@pytest.mark.parametrize("protocol", ["and-standard", "tscale", "dini-argeo"])
@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("before", BEFORE)
def test_a_word_before_the_status_word_is_not_dropped(
    protocol: str, said: str, before: str
) -> None:
    line = f"{before}{said}\n".encode()
    codec = scale_decoder(protocol, {})
    items = [*codec.feed(line * 3), *codec.finish()]
    assert items == [BadFrame("status word", line)] * 3


@pytest.mark.parametrize("protocol", ["and-standard", "tscale", "dini-argeo"])
@pytest.mark.parametrize("said", SAID)
def test_too_much_is_too_much_whatever_words_follow(protocol: str, said: str) -> None:
    line = f"OL,{said}\r\n".encode()
    assert scale_decoder(protocol, {}).feed(line) == [no_weight("overload")]


def test_a_word_before_a_line_of_cas_or_one_with_a_tare_is_not_dropped() -> None:
    cas, dini = scale_decoder("cas-22", {}), scale_decoder("dini-argeo", {})
    for line in (b"NT,ST,GS,1\xc4,000013.5 kg\r\n", b"ST,GS,1\xc4,000013.5 kg UNSTABLE\r\n"):
        found = cas.feed(line * 3)
        assert [one.reason for one in found if isinstance(one, BadFrame)] == [UNKNOWN_FORM] * 3
        assert len(found) == 3
    af = b"NT,ST,1,    1000.0kg,PT     200.0kg\n"
    assert dini.feed(af) == [BadFrame("status word", af)]


def test_an_unusual_form_is_believed_when_it_comes_twice() -> None:
    assert found(WIDE) == []
    assert found(WIDE, WIDE, WIDE) == [WIDE_READING] * 3


def test_a_lone_line_is_believed_at_the_end_of_a_capture_and_a_cut_one_is_not() -> None:
    codec = scale_decoder("and-standard", {})
    assert codec.feed(WIDE) + codec.finish() == [WIDE_READING]
    assert codec.counts.good_frames == 1
    cut_short = scale_decoder("and-standard", {})
    assert cut_short.feed(WIDE[:11]) == []
    assert cut_short.finish() == [BadFrame("cut_short", b"ST,GS,+  12\r\n")]
    assert (cut_short.counts.good_frames, cut_short.counts.bad_frames) == (0, 1)


def test_a_line_of_another_form_between_equal_ones_is_bad_and_counted_so() -> None:
    torn = WIDE.replace(b"3", b"")
    codec = scale_decoder("and-standard", {})
    assert codec.feed(WIDE * 2 + torn + WIDE) == [
        WIDE_READING,
        WIDE_READING,
        strange(torn),
        WIDE_READING,
    ]
    assert (codec.counts.good_frames, codec.counts.bad_frames) == (3, 1)
    assert codec.feed(torn) + codec.finish() == [strange(torn)]


def test_a_usual_form_does_not_break_into_an_unusual_one() -> None:
    usual = b"ST,GS,+0012.34kg\r\n"
    assert found(WIDE, WIDE, usual, WIDE) == [
        WIDE_READING,
        WIDE_READING,
        strange(usual),
        WIDE_READING,
    ]


def test_a_usual_stream_may_change_its_form_when_it_means_it() -> None:
    kg, t = b"ST,GS,+0012.34kg\r\n", b"ST,GS,+0012.34 t\r\n"
    units = [one.unit for one in found(kg * LOCKED, t, kg, t, t) if isinstance(one, Reading)]
    assert units == ["kg"] * (LOCKED + 1) + ["t"] * 2


def test_a_deck_around_zero_is_read_with_both_signs() -> None:
    plus, minus = b"ST,GS     0.0kg\n", b"ST,GS-     0.0kg\n"
    codec = scale_decoder("tscale", {})
    assert len(codec.feed(plus * 5 + (minus + plus) * 5)) == 15
    assert codec.counts.bad_frames == 0
    assert len(scale_decoder("tscale", {}).feed(minus * 5)) == 5


def test_a_first_minus_that_nobody_repeats_is_given_up() -> None:
    plus = b"ST,GS,+0012.34kg\r\n"
    minus = plus.replace(b"+", b"-")
    codec = scale_decoder("and-standard", {})
    items = codec.feed(plus * LOCKED + minus + plus * 3)
    assert [one for one in items if isinstance(one, BadFrame)] == [strange(minus)]
    assert len(items) == LOCKED + 4


def test_a_byte_of_relays_is_never_a_digit() -> None:
    codec = scale_decoder("cas-22", {})
    found = codec.feed(b"ST,GS,1\xc4,000013.51 t\r\n" * 4)
    assert [type(one) for one in found] == [BadFrame] * 4
