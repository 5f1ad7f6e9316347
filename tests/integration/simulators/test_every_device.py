"""Every row of the tables as a simulated device, read by the shipped driver and decoder."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import product

import pytest

from edge.devices.readers import READERS
from edge.devices.rows import Row
from edge.devices.scales import SCALES
from simulators.running import RunningReader, RunningScale
from tests.integration.simulators.listening import listening

Scales = Callable[..., RunningScale]
Readers = Callable[..., RunningReader]

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
"""pyserial's RFC 2217 port uses what threading wants to be rid of."""

TAGS = ("0100630A01", "04A1B2C3", "E2003412013017010A0B0C0D")
"""A card of 125 kHz, one of 13.56 MHz, and a UHF tag."""


def rows(table: Mapping[str, Row[object]]) -> list[object]:
    return [
        pytest.param(protocol, variant, id=" ".join([protocol, *map(str, variant.values())]))
        for protocol, row in table.items()
        for variant in row.variants
    ]


@pytest.mark.parametrize(("protocol", "options"), rows(SCALES))
def test_a_scale_of_every_row_is_read(
    taigan_scale: Scales, protocol: str, options: Mapping[str, object]
) -> None:
    scale = taigan_scale(protocol, options=options, rate_hz=20)
    with listening(scale) as listener:
        assert listener.reading().weight == 0
        scale.show(48_560)
        found = listener.shows(48_560)
        assert found.unit in {None, "kg"}
        assert found.mode in {None, "gross"}


@pytest.mark.parametrize(("protocol", "options"), rows(READERS))
def test_a_reader_of_every_row_is_read(
    taigan_reader: Readers, protocol: str, options: Mapping[str, object]
) -> None:
    reader = taigan_reader(protocol, options=options)
    with listening(reader) as listener:
        assert listener.is_quiet()
        tag = present(reader)
        assert listener.tag().tag == tag
        reader.remove()
        assert listener.is_quiet()


def present(reader: RunningReader) -> str:
    """Hold the first kind of card before the reader that it can read; return its number."""
    for tag in TAGS:
        try:
            reader.present(tag)
        except ValueError:
            continue
        return tag
    raise AssertionError("it reads no card")


def some_of(table: Mapping[str, object], count: int) -> list[str]:
    """Return names spread over the table."""
    names = list(table)
    return names[:: max(1, len(names) // count)]


@pytest.mark.parametrize(("on", "protocol"), [*product(["tcp", "rfc2217"], some_of(SCALES, 6))])
def test_scales_are_read_over_the_network(taigan_scale: Scales, on: str, protocol: str) -> None:
    scale = taigan_scale(protocol, on=on, rate_hz=20)
    scale.show(48_560)
    with listening(scale) as listener:
        listener.shows(48_560)


@pytest.mark.parametrize(("on", "protocol"), [*product(["tcp", "rfc2217"], some_of(READERS, 3))])
def test_readers_are_read_over_the_network(taigan_reader: Readers, on: str, protocol: str) -> None:
    reader = taigan_reader(protocol, on=on)
    tag = present(reader)
    with listening(reader) as listener:
        assert listener.tag().tag == tag


def test_a_scale_in_tonnes_shows_three_decimals(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-continuous", unit="t")
    scale.show(48_560)
    with listening(scale) as listener:
        assert str(listener.shows(Decimal("48.560")).weight) == "48.560"


def test_a_tared_scale_shows_net_where_the_protocol_says_so(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-a12e")
    scale.show(48_560, tare_kg=16_000)
    with listening(scale) as listener:
        assert listener.shows(32_560).mode == "net"


def test_a_scale_beyond_its_capacity_says_so_or_goes_quiet(taigan_scale: Scales) -> None:
    says, quiet = taigan_scale("yaohua-a12e"), taigan_scale("yaohua-continuous")
    for scale in (says, quiet):
        scale.show(120_000)
    with listening(says) as listener:
        assert listener.reading().state == "overload"
    with listening(quiet) as listener:
        assert listener.is_quiet()


def test_a_state_lasts_until_the_next_load(taigan_scale: Scales) -> None:
    scale = taigan_scale("yaohua-a12e")
    with listening(scale) as listener:
        scale.show_state("underload")
        listener.until(lambda item: getattr(item, "state", None) == "underload")
        scale.show(1_560)
        listener.shows(1_560)


def test_what_a_protocol_cannot_carry_is_refused_and_changes_nothing(taigan_scale: Scales) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        taigan_scale("yaohua-continuous", max_kg=2_000_000)
    scale = taigan_scale("yaohua-continuous")
    scale.show(1_560)
    with pytest.raises(ValueError, match="does not fit"):
        scale.show(48_560, tare_kg=2_000_000)
    with listening(scale) as listener:
        listener.shows(1_560)
