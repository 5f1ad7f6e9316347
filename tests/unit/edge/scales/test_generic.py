"""Lines described by a template or a pattern, and descriptions that are refused."""

from decimal import Decimal

import pytest

from edge.devices.readings import BadFrame, Reading, WrongLine, no_weight
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder


def found(line: bytes, **options: object) -> list[Reading | BadFrame | WrongLine]:
    return scale_decoder("generic", options).feed(line)


def encode(reading: Reading, **options: object) -> bytes:
    return scale_decoder("generic", options).encode(reading)


def test_rubbish_costs_the_line_that_it_stands_on_and_no_other() -> None:
    codec = scale_decoder("generic", {})
    line = b"garbage" + b"+  12.34 kg\r\n" * 2
    pieces = [codec.feed(line[at : at + 1]) for at in range(len(line))]
    assert [one for piece in pieces for one in piece if isinstance(one, Reading)] == found(
        b"+  12.34 kg\r\n"
    )


STREAM = r"\x02{sign:1}{weight:7}{unit:1}{mode:1}{stable/overload:1}"
PATTERN = r"(?P<stable>ST|US),(?P<mode>GS|NT|XX),(?P<weight>.{8})(?P<unit>[a-z ]{2})"


def refusal(**options: object) -> str:
    with pytest.raises(BadOption) as refused:
        scale_decoder("generic", options)
    return str(refused.value)


def test_without_a_description_a_plain_line_is_read() -> None:
    assert found(b"-  12.34 kg\r\n") == [Reading(weight=Decimal("-12.34"), unit="kg")]


@pytest.mark.parametrize(
    ("line", "reading"),
    [
        (
            b"\x02   12.34KG \r\n",
            Reading(weight=Decimal("12.34"), unit="kg", mode="gross", stable=True, overload=False),
        ),
        (
            b"\x02-  12.34LNM\r",
            Reading(weight=Decimal("-12.34"), unit="lb", mode="net", stable=False, overload=False),
        ),
        (b"\x02-  12.34   \n", Reading(weight=Decimal("-12.34"), stable=True, overload=False)),
        (b"\x02        KGO\r\n", no_weight("overload")),
        (b"\x02 -------KG \r\n", no_weight("error")),
        (b"\x02-       KG \r\n", no_weight("underload")),
    ],
)
def test_a_template_names_the_fields(line: bytes, reading: Reading) -> None:
    assert found(line, template=STREAM, stable_values=",Z", overload_values="O,X") == [reading]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"ST,XX,   12.34kg\r", "mode"),
        (b"ST,GS,   12.34oz\r", "unit"),
        (b"ST,GS,   12x34kg\r", "malformed"),
        (b"ST,GS,  12.34kg\r", "not as described"),
    ],
)
def test_what_a_pattern_does_not_mean_is_named(line: bytes, reason: str) -> None:
    assert found(line, pattern=PATTERN) == [BadFrame(reason, line)]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_comma_before_three_digits_is_a_point_only_of_tonnes(reverse: bool) -> None:  # noqa: FBT001  # the option itself
    options = {"template": "{weight:7} {unit:2}", "reverse": reverse}
    number = b" 20,000"[::-1] if reverse else b" 20,000"
    for unit in (b"kg", b"lb", b"  "):
        line = number + b" " + unit + b"\r"
        assert found(line, **options) == [BadFrame("comma before three digits", line)]
    tonnes = Reading(weight=Decimal("20.000"), unit="t")
    assert found(number + b"  t\r", **options) == [tonnes]


def test_a_line_that_is_too_long_is_not_read_in_part() -> None:
    assert found(b"9" * 90 + b"+  12.34 kg\r\n") == []


def test_a_capture_may_lack_the_end_of_its_last_line_where_a_template_says_its_length() -> None:
    codec = scale_decoder("generic", {"template": "{weight:7}", "terminator": "="})
    assert codec.feed(b"  12.34") == []
    assert codec.finish() == [Reading(weight=Decimal("12.34"))]


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("(?P<weight>[0-9.]++)", b"12.3"),
        ("(?P<unit>kg) (?P<weight>.{4}),(?P<tare>[0-9]+)", b"kg 12.3,4"),
        ("(?P<weight>[0-9.]+)(?P<unit>kg)(?P<sign>-?)", b"12.3kg"),
        ("(?P<weight>[0-9.]+)(?P<unit>kg)(?: (?P<overload>O))?", b"12.3kg"),
    ],
)
def test_a_line_of_a_pattern_that_may_go_on_needs_its_end(pattern: str, line: bytes) -> None:
    cut = scale_decoder("generic", {"pattern": pattern})
    assert cut.feed(line) == []
    assert cut.finish() == [BadFrame("cut_short", line + b"\r\n")]
    assert isinstance(found(line + b"\r", pattern=pattern)[0], Reading)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"\s*(?P<weight>-?[0-9.]+)\s+(?P<unit>[a-z]+)", b"   1560 kg"),
        (r"\x02(?P<weight>[ 0-9]+)(?P<unit>kg)\x03", b"\x02   1560kg\x03"),
    ],
)
def test_the_last_line_of_a_pattern_is_whole_where_its_last_fact_is_there(
    pattern: str, line: bytes
) -> None:
    codec = scale_decoder("generic", {"pattern": pattern})
    assert codec.feed(line) == []
    assert codec.finish() == [Reading(weight=Decimal(1560), unit="kg")]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?P<stable>ST|US),(?P<mode>GS|NT),\s*(?P<weight>[+-]?\s*\d+\.?\d*)\s*(?P<unit>kg|t)",
        r"^(?P<stable>ST|US),(?P<mode>GS|NT),\s*(?P<sign>[+-]?)\s*(?P<weight>\d+(?:\.\d+)?)\s*(?P<unit>\w+)$",
        r"(?P<stable>[A-Z]+),(?P<mode>[A-Z]+),\x20*(?P<weight>[0-9.]*)[ ]*(?P<unit>[a-z]*)",
    ],
)
def test_repeats_that_do_not_compete_may_be_many(pattern: str) -> None:
    reading = Reading(weight=Decimal(1560), unit="kg", stable=True, mode="gross")
    assert found(b"ST,GS,   1560 kg\r", pattern=pattern) == [reading]


def test_a_terminator_and_low_digits_first() -> None:
    options = {"template": "{weight:7}", "terminator": "=", "reverse": True}
    assert found(b"\r\n543.210=", **options) == [Reading(weight=Decimal("12.345"))]
    assert encode(Reading(weight=Decimal("12.345")), **options) == b"543.21 ="


def test_tare_and_underload_have_fields_of_their_own() -> None:
    template = "{skip:2}{weight:6},{tare:6},{underload:2}"
    reading = Reading(weight=Decimal(12), tare=Decimal(3), underload=False)
    assert found(b"xx    12,     3,  \r", template=template) == [reading]
    assert found(encode(reading, template=template), template=template) == [reading]
    under = encode(no_weight("underload"), template=template)
    assert found(under, template=template) == [no_weight("underload")]
    with pytest.raises(ValueError, match="no place for tare None"):
        encode(Reading(weight=Decimal(12)), template=template)


@pytest.mark.parametrize("stable", [True, False])
def test_a_template_is_written_as_it_is_read(stable: bool) -> None:  # noqa: FBT001  # the fact itself
    reading = Reading(weight=Decimal("-1.5"), unit="kg", mode="net", stable=stable, overload=False)
    assert found(encode(reading, template=STREAM), template=STREAM) == [reading]
    over = encode(no_weight("overload"), template=STREAM)
    assert found(over, template=STREAM) == [no_weight("overload")]


def test_what_a_description_has_no_place_for_is_refused() -> None:
    with pytest.raises(ValueError, match="a pattern only reads"):
        encode(Reading(weight=Decimal(1)), pattern=PATTERN)
    with pytest.raises(ValueError, match="no place for the state error"):
        encode(no_weight("error"))
    with pytest.raises(ValueError, match="no place for mode None"):
        encode(Reading(weight=Decimal(1), unit="kg"), template=STREAM)
    with pytest.raises(ValueError, match="no place for stable None"):
        encode(Reading(weight=Decimal(1), unit="kg", mode="net"), template=STREAM)
    with pytest.raises(ValueError, match="'stable_values' leaves no letter for motion"):
        encode(
            Reading(weight=Decimal(1), stable=False),
            template="{weight:2}{stable:1}",
            stable_values="S,U,M,D",
        )
    with pytest.raises(ValueError, match="does not fit 1 characters"):
        encode(
            Reading(weight=Decimal(1), unit="kg", mode="net"),
            template="{weight:2}{mode:1}",
            net_values="NT",
        )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pattern": "([0-9]+)"}, "option 'pattern': nothing in it is named 'weight'"),
        ({"template": "{unit:2}"}, "option 'template': nothing in it is named 'weight'"),
        ({"template": "{weight}"}, "option 'template': {weight} needs a width"),
        ({"template": "{wait:7}"}, "option 'template': unknown 'wait'"),
        ({"template": "{weight:7}{weight:7}"}, "option 'template': a name stands in it twice"),
        ({"template": "{weight:7}\u91cd"}, "option 'template': 'latin-1'"),
        ({"template": "{weight:7}", "pattern": PATTERN}, "only one of the options"),
        ({"pattern": "(?P<weight>[0-9"}, "option 'pattern': unterminated"),
        ({"pattern": "(?P<weight>(a+)+)"}, "option 'pattern': a group must not be repeated"),
        (
            {"pattern": "(?P<weight>a*a*a*a*a*)"},
            "option 'pattern': its repeats could share a line out in 1,929,501 ways, at most",
        ),
        ({"pattern": r"(?P<weight>\d*\w*[0-9]*.*A*)"}, "in 1,929,501 ways"),
        ({"pattern": "(?P<weight>a*a*a*a*)(?:b)?(?:b)?(?:b)?(?:b)?(?:b)?"}, "in 2,940,192 ways"),
        ({"pattern": "(?P<weight>" + "a?" * 21 + ")"}, "in 2,097,152 ways"),
        ({"terminator": "ab"}, "option 'terminator': one character"),
        ({"stable_values": "稳"}, "option 'stable_values': 'latin-1'"),
    ],
)
def test_a_bad_description_is_refused_by_the_name_of_its_option(
    options: dict[str, object], reason: str
) -> None:
    assert reason in refusal(**options)


def test_repeats_that_give_nothing_back_are_not_counted() -> None:
    pattern = r"(?P<weight>[0-9]++) *+[a]*+[b]*+[c]*+[d]*+\)*?[)*]{2}"
    assert found(b"12 abcd)**\r", pattern=pattern) == [Reading(weight=Decimal(12))]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("(?P<weight> * * * *)x", b" " * 79),
        (r"\s*\s*\s*(?P<weight>\d*\d*\d*)x?x", b" " * 40 + b"1" * 39),
        ("(?P<weight>" + "a?" * 20 + ")x", b"a" * 79),
    ],
)
def test_the_worst_patterns_that_are_admitted_end_on_the_longest_line(
    pattern: str, line: bytes
) -> None:
    bad = BadFrame("not as described", line + b"\r")
    assert found(line + b"\r", pattern=pattern) == [bad]
