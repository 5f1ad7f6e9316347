"""Every row of the tables as a simulated device, read by the shipped driver and decoder."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import product

import pytest

from edge.devices.readers import READERS
from edge.devices.rows import ProtocolRow
from edge.devices.scales import SCALES
from simulators.running import RunningReader, RunningScale
from tests.integration.simulators.listening import listening

Scales = Callable[..., RunningScale]
Readers = Callable[..., RunningReader]

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
"""pyserial's RFC 2217 port uses what threading wants to be rid of."""

TAGS = ("0100630A01", "04A1B2C3", "E2003412013017010A0B0C0D")
"""A card of 125 kHz, one of 13.56 MHz, and a UHF tag."""


TEMPLATE = {"template": r"\x02{sign:1}{weight:7}{unit:1}{mode:1}{stable/overload:1}"}
"""The one row that is nothing without an option."""

WITH_DECIMALS = {"slash"}
"""Protocols that show no weight without decimals."""

IN_POUNDS = {"eagle-ei1000-lb"}
"""Register maps that know no other unit: no lane box takes them."""


def rows(table: Mapping[str, ProtocolRow[object]]) -> list[object]:
    return [
        pytest.param(protocol, variant, id=" ".join([protocol, *map(str, variant.values())]))
        for protocol, row in table.items()
        for variant in row.variants
        if variant.get("map") not in IN_POUNDS
    ]


@pytest.mark.parametrize(
    ("protocol", "options"), [*rows(SCALES), pytest.param("generic", TEMPLATE, id="generic")]
)
def test_a_scale_of_every_row_is_read(
    taigan_scale: Scales, protocol: str, options: Mapping[str, object]
) -> None:
    scale = a_scale(taigan_scale, protocol, options=options)
    with listening(scale) as listener:
        assert listener.reading().weight == 0
        scale.show(48_560)
        found = listener.shows(loaded(scale))
        assert found.unit in {None, scale.reading.unit}
        assert found.overload is not True


def loaded(scale: RunningScale) -> Decimal:
    """Return what 48560 kg are on the scale's display."""
    return Decimal(48_560) if scale.reading.unit == "kg" else Decimal("48.560")


def a_scale(scales: Scales, protocol: str, **others: object) -> RunningScale:
    unit = "t" if protocol in WITH_DECIMALS else "kg"
    return scales(protocol, unit=unit, rate_hz=20, **others)


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


def some_of(table: Mapping[str, ProtocolRow[object]], count: int) -> list[str]:
    """Return names spread over the table."""
    names = [name for name, row in table.items() if row.variants]
    return names[:: -(-len(names) // count)]


@pytest.mark.parametrize(("on", "protocol"), [*product(["tcp", "rfc2217"], some_of(SCALES, 6))])
def test_scales_are_read_over_the_network(taigan_scale: Scales, on: str, protocol: str) -> None:
    scale = a_scale(taigan_scale, protocol, on=on, options=SCALES[protocol].variants[0])
    scale.show(48_560)
    with listening(scale) as listener:
        listener.shows(loaded(scale))


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


@pytest.mark.parametrize("register_map", IN_POUNDS)
def test_a_unit_that_the_protocol_has_not_is_named(taigan_scale: Scales, register_map: str) -> None:
    with pytest.raises(ValueError, match="no place for unit kg"):
        taigan_scale("modbus", options={"map": register_map})


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
