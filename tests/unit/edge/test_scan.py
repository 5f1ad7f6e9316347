"""What bytes are of: named when nothing else fits, ambiguous when something does."""

import re
from collections.abc import Mapping
from decimal import Decimal
from random import Random

import pytest

from edge.devices.framing import PatternCutter
from edge.devices.likeness import agree, covers
from edge.devices.readers import READERS
from edge.devices.readings import Reading, TagSeen, no_weight
from edge.devices.rows import ProtocolRow
from edge.devices.scales import SCALES
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.numbers import shown_weight
from edge.devices.scan import Identification, candidates, judge, trials

YAOHUA = (b"+001560019", b"+001580017")
FORMAT_1 = b"=06510000" * 6
TAG = b"\x02010063E9AE25\x03"


def identified(
    data: bytes, table: Mapping[str, ProtocolRow[ScaleCodec]] = SCALES
) -> Identification:
    return judge(candidates(trials(table), data))


def names(found: Identification) -> list[tuple[str, dict[str, object]]]:
    return [(one.trial.protocol, dict(one.trial.options)) for one in found.candidates]


def framed(*bodies: bytes) -> bytes:
    return b"".join(b"\x02" + body + b"\x03" for body in bodies)


def test_a_protocol_is_named_with_what_it_rests_on() -> None:
    found = identified(framed(*YAOHUA * 5)[6:-4])
    assert (found.kind, names(found)) == ("found", [("yaohua-continuous", {})])
    (one,) = found.candidates
    assert (one.sure, one.check, one.frames, one.bad_frames, one.share) == (
        "certain",
        "xor",
        8,
        0,
        1.0,
    )
    assert [str(reading.weight) for reading in one.shown if isinstance(reading, Reading)] == [
        "1580",
        "1560",
    ]


def test_text_of_a_data_radio_between_frames_hides_no_checked_protocol() -> None:
    found = identified(b"".join(b"weigh01T63866046557773" + framed(body) for body in YAOHUA * 3))
    assert names(found) == [("yaohua-continuous", {})]
    assert found.candidates[0].share < 0.5
    assert not found.candidates[0].is_clean


def test_parity_bits_tell_the_line() -> None:
    even = bytes(byte | (byte.bit_count() % 2) << 7 for byte in framed(*YAOHUA * 3))
    found = identified(even)
    assert (found.kind, found.candidates[0].line) == ("found", "7E1")


def test_two_formats_of_the_same_bytes_are_both_named() -> None:
    found = identified(FORMAT_1)
    assert found.kind == "ambiguous"
    assert names(found) == [("yaohua-eq", {"format": "1"}), ("yaohua-eq", {"format": "2"})]
    assert [str(one.shown[0].weight) for one in found.candidates] == ["1560", "6510000"]  # type: ignore[union-attr]  # a scale's


def test_an_empty_deck_does_not_settle_what_a_load_would_show() -> None:
    assert identified(b"=00000000" * 6).kind == "ambiguous"


def test_options_that_no_sent_frame_can_tell_apart_are_alike() -> None:
    frame = (
        SCALES["toledo-continuous"]
        .make()
        .encode(Reading(weight=Decimal(1560), unit="kg", stable=True, mode="gross"))
    )
    found = identified(frame * 6)
    assert names(found) == [("toledo-continuous", {"dummy_zero": "included"})]
    assert {"dummy_zero": "append"} in [dict(one.trial.options) for one in found.alike]


def test_a_dummy_zero_makes_a_scale_ambiguous_until_somebody_looks_at_its_display() -> None:
    frame = b"\x02\x29\x30\x20  0156     0\r"
    frame += bytes([-sum(frame) & 0x7F])
    found = identified(frame * 6)
    assert [options["dummy_zero"] for _, options in names(found)] == ["included", "append"]


class Loose(ScaleCodec):
    """Takes the same frames for something else, and checks nothing."""

    def __init__(self) -> None:
        pattern = re.compile(rb"\x02\+([0-9]{7})[0-9]")
        super().__init__(PatternCutter(pattern, 10, self._parse))

    def encode(self, reading: Reading) -> bytes:
        return b"\x02+%07d0" % int(shown_weight(reading))

    def _parse(self, match: "re.Match[bytes]") -> Reading:
        return Reading(weight=Decimal(match[1].decode()))


def test_a_check_that_held_counts_more_than_a_guess() -> None:
    table = {"loose": ProtocolRow(Loose), "yaohua-continuous": SCALES["yaohua-continuous"]}
    data = framed(*YAOHUA * 4)
    assert names(identified(data, {"loose": table["loose"]})) == [("loose", {})]
    assert names(identified(data, table)) == [("yaohua-continuous", {})]


class Wordless(Loose):
    """Takes them for a state without a number."""

    def _parse(self, match: "re.Match[bytes]") -> Reading:
        assert match
        return no_weight("error")


def test_who_reads_a_number_counts_more_than_who_reads_none() -> None:
    table = {"wordless": ProtocolRow(Wordless), "loose": ProtocolRow(Loose)}
    assert names(identified(framed(*YAOHUA * 4), table)) == [("loose", {})]


def test_few_frames_are_not_enough() -> None:
    assert identified(framed(*YAOHUA)).kind == "nothing"


def test_many_bad_frames_are_no_protocol() -> None:
    assert identified(framed(*YAOHUA * 3, *[b"+001560018"] * 4)).kind == "nothing"


def test_unguarded_frames_between_other_bytes_are_not_believed() -> None:
    assert identified(b"=01234500xxxxxx" * 9).kind == "nothing"


def test_a_display_without_a_number_names_nobody() -> None:
    frame = SCALES["yaohua-a12e"].make().encode(no_weight("overload"))
    found = identified(frame * 6)
    assert found.kind == "ambiguous"
    assert not any(one.has_number for one in found.candidates)


def test_a_few_bad_frames_make_it_likely_only() -> None:
    found = identified(framed(*YAOHUA * 3, b"+001560018"))
    assert (found.kind, found.candidates[0].sure) == ("found", "likely")


def test_readers_are_told_apart_as_well() -> None:
    found = judge(candidates(trials(READERS), TAG * 5))
    assert (found.kind, found.candidates[0].trial.protocol) == ("found", "em4100")


@pytest.mark.parametrize(
    ("line", "names_and_options"),
    [
        (b"\x02010063E9AE\x03", [("em4100", {})]),
        (b"5A0144\r\n", [("wiegand", {"format": "hex"})]),
        (b"090,00324\r\n", [("wiegand", {"format": "facility"})]),
        (b"05898564\r\n", [("mifare-uid", {}), ("wiegand", {"format": "decimal"})]),
        (b"04A2B3C4D5E680\r\n", [("mifare-uid", {})]),
    ],
)
def test_a_tag_without_a_check_is_never_certain(
    line: bytes, names_and_options: list[tuple[str, dict[str, object]]]
) -> None:
    found = judge(candidates(trials(READERS), line * 6))
    mentioned = [*found.candidates, *found.alike]
    told = [(one.trial.protocol, dict(one.trial.options)) for one in mentioned]
    assert all(one in told for one in names_and_options)
    assert {(one.check, one.sure) for one in found.candidates} == {("none", "likely")}


def test_a_tag_with_a_check_is_certain() -> None:
    bits = READERS["wiegand"].make().encode(TagSeen("5A0144"))
    found = judge(candidates(trials(READERS), bits * 6))
    (one,) = found.candidates
    assert (dict(one.trial.options), one.check, one.sure) == (
        {"format": "bits"},
        "parity",
        "certain",
    )
    (card,) = judge(candidates(trials(READERS), TAG * 6)).candidates
    assert (card.check, card.sure) == ("xor", "certain")


def test_two_readings_of_a_tag_are_never_one() -> None:
    found = judge(candidates(trials(READERS), b"05898564\r\n" * 6))
    tags = {one.shown[0].tag for one in found.candidates if isinstance(one.shown[0], TagSeen)}
    assert (found.kind, tags) == ("ambiguous", {"05898564", "5A0144"})


def test_a_check_that_a_device_may_leave_away_counts_only_where_it_was_sent() -> None:
    toledo = SCALES["toledo-continuous"].make(checksum="no")
    frame = toledo.encode(Reading(weight=Decimal(1560), unit="kg", stable=True, mode="gross"))
    found = identified(frame * 6)
    assert found.candidates[0].trial.protocol == "toledo-continuous"
    assert {(one.check, one.sure) for one in found.candidates} == {("none", "likely")}


def test_templates_are_never_tried() -> None:
    assert "generic" in SCALES
    assert "generic" not in {trial.protocol for trial in trials(SCALES)}


@pytest.mark.parametrize("seed", range(5))
def test_rubbish_is_nothing(seed: int) -> None:
    rng = Random(seed)
    assert identified(rng.randbytes(3_000)).kind == "nothing"
    assert (
        identified(bytes(rng.choices(b"0123456789 +-.,=kgGNST\r\n\x02\x03", k=3_000))).kind
        == "nothing"
    )


def weight(text: str, **facts: object) -> Reading:
    return Reading(weight=Decimal(text), **facts)  # type: ignore[arg-type]  # of the vocabulary


def test_readings_agree_when_they_show_the_same_and_contradict_nowhere() -> None:
    assert agree([weight("1"), weight("2")], [weight("2"), weight("3")])
    assert agree([weight("1", unit="kg")], [weight("1", stable=True)])
    assert not agree([weight("1", unit="kg")], [weight("1", unit="t")])
    assert not agree([weight("1.0")], [weight("1.00")])
    assert not agree(
        [weight("1"), weight("2"), weight("3")], [weight("3"), weight("4"), weight("5")]
    )


def test_one_protocol_covers_another_only_if_it_loses_no_fact() -> None:
    continuous = SCALES["yaohua-continuous"].make
    eq = SCALES["yaohua-eq"].make
    assert covers(continuous, continuous, [weight("20")])
    assert not covers(continuous, eq, [weight("20")])


def test_nothing_is_covered_where_nothing_can_be_sent() -> None:
    continuous = SCALES["yaohua-continuous"].make
    assert not covers(continuous, continuous, [no_weight("error")])


def test_a_card_covers_itself() -> None:
    make = READERS["em4100"].make
    assert covers(make, make, [TagSeen("010063E9AE")])
