"""What each scale protocol can show. A row of `SCALES` without an entry here fails a test."""

from dataclasses import replace
from typing import Final

from edge.devices.readings import no_weight
from tests.unit.edge.shown import Numbers, Shown
from tests.unit.edge.shown_facts import (
    ALL_MODES,
    GROSS_NET,
    IN_RANGE,
    MOTION,
    NO_OVERLOAD,
    UNITS,
    facts,
    states,
    with_mode,
)
from tests.unit.edge.shown_modbus import modbus


def field(digits: int, decimals: int = 5, *, minus_inside: bool = True) -> Numbers:
    """A field of characters with the point among them."""
    places = tuple(range(decimals + 1))
    return Numbers(digits=digits, decimals=places, point_inside=True, minus_inside=minus_inside)


SIGNED_SEVEN: Final = field(7, minus_inside=False)
"""Seven characters with the point, and a place of its own for the sign."""

SIX_DIGITS: Final = Numbers(digits=6, decimals=(0, 1, 2, 3, 4))
"""Digits alone; how many are decimals is said elsewhere in the frame."""


def yaohua() -> tuple[Shown, ...]:
    return (
        Shown(protocol="yaohua-continuous", numbers=SIX_DIGITS),
        Shown(
            protocol="yaohua-command",
            numbers=SIX_DIGITS,
            facts=facts(mode=ALL_MODES),
            states=states("not_executable"),
        ),
        Shown(
            protocol="yaohua-command",
            options={"digits": 8},
            numbers=replace(SIX_DIGITS, digits=8),
            facts=facts(mode=ALL_MODES),
            states=states("not_executable"),
        ),
        Shown(protocol="yaohua-eq", options={"format": "1"}, numbers=SIGNED_SEVEN),
        Shown(protocol="yaohua-eq", options={"format": "2"}, numbers=SIGNED_SEVEN),
        Shown(protocol="yaohua-eq", options={"format": "trailing"}, numbers=field(7, 3)),
        Shown(
            protocol="yaohua-a12",
            numbers=field(7, 3),
            facts=facts(unit=("kg", "lb"), mode=ALL_MODES),
        ),
        Shown(
            protocol="yaohua-a12e",
            numbers=field(7, 3),
            facts=facts(unit=UNITS, mode=GROSS_NET, **IN_RANGE),
            states=states("overload", "underload"),
        ),
    )


def toledo() -> tuple[Shown, ...]:
    words = facts(unit=UNITS, stable=MOTION, mode=GROSS_NET, **IN_RANGE)
    beyond = tuple(
        no_weight(state, unit="kg", stable=stable, mode="net")
        for state in ("overload", "underload")
        for stable in MOTION
    )
    six = Numbers(digits=6, decimals=(0, 1, 2, 3, 4, 5))
    long = Shown(
        protocol="toledo-continuous",
        options={"dummy_zero": "included"},
        numbers=six,
        facts=words,
        states=beyond,
        tares=replace(six, negative=False),
    )
    flintec = Shown(
        protocol="flintec-toledo",
        options={"dummy_zero": "included"},
        numbers=six,
        facts=facts(stable=MOTION, mode=GROSS_NET, **IN_RANGE),
        states=tuple(replace(one, unit=None) for one in beyond),
        tares=replace(six, negative=False),
        text=False,
    )
    append = {"dummy_zero": "append"}
    return (
        long,
        replace(long, tares=None),
        replace(long, options=append),
        replace(long, options={"checksum": "yes"}),
        replace(long, options={"checksum": "no"}, states=(), blind=("no checksum",)),
        replace(long, options={"motion": "inverted"}),
        flintec,
        replace(flintec, options={"motion": "inverted"}),
        replace(flintec, tares=None),
        replace(flintec, options=append),
    )


def flintec_and_bilanciai() -> tuple[Shown, ...]:
    extended = Shown(
        protocol="bilanciai",
        numbers=field(9),
        facts=facts(unit=UNITS, stable=MOTION, mode=("gross",), overload=(False,)),
        states=tuple(no_weight(state, unit="kg", stable=False) for state in ("overload", "error")),
        tares=Numbers(digits=0, decimals=(0,), negative=False),
    )
    systec = Shown(
        protocol="systec-rn",
        numbers=field(7, 3),
        facts=facts(unit=UNITS, stable=MOTION, mode=("gross",), overload=(False,)),
        states=states("overload", "not_executable", "error"),
        tares=Numbers(digits=0, decimals=(0,), negative=False),
    )
    some = Numbers(digits=4, negative=False, least=1)
    return (
        Shown(
            protocol="flintec-fast",
            numbers=field(8, minus_inside=False),
            facts=facts(stable=(True, False, None), **IN_RANGE),
            states=states("overload", "underload", "out_of_range"),
        ),
        extended,
        replace(extended, tares=some, facts=with_mode(extended.facts, "net")),
        Shown(
            protocol="bilanciai",
            numbers=replace(field(5, 3), negative=False),
            facts=facts(stable=MOTION),
            states=states("out_of_range"),
        ),
        systec,
        replace(systec, tares=some, facts=with_mode(systec.facts, "net")),
    )


def standards() -> tuple[Shown, ...]:
    af = Shown(
        protocol="dini-argeo",
        numbers=field(10),
        facts=facts(stable=MOTION, mode=("gross",), unit=UNITS, **IN_RANGE),
        states=states("overload", "underload", "error"),
        tares=field(10),
    )
    cas = Shown(
        protocol="cas-22",
        numbers=field(8),
        facts=facts(stable=MOTION, mode=GROSS_NET, unit=UNITS, **NO_OVERLOAD),
        states=states("overload", "underload", "out_of_range"),
    )
    return (
        Shown(
            protocol="and-standard",
            numbers=SIGNED_SEVEN,
            facts=facts(stable=(True, False, None), mode=ALL_MODES, unit=UNITS, **IN_RANGE),
            states=states("overload", "underload", "out_of_range"),
        ),
        cas,
        replace(cas, facts=({},), states=()),
        Shown(
            protocol="mt-sics",
            numbers=field(10),
            facts=facts(stable=MOTION, mode=("net",), unit=UNITS, **IN_RANGE),
            states=states("overload", "underload", "not_executable", "error"),
        ),
        Shown(
            protocol="sma",
            numbers=field(10),
            facts=facts(stable=MOTION, mode=ALL_MODES, unit=UNITS, **IN_RANGE),
            states=states("overload", "underload", "not_executable", "error"),
        ),
        replace(
            af,
            numbers=field(8),
            facts=facts(stable=MOTION, mode=GROSS_NET, unit=UNITS, **IN_RANGE),
            tares=None,
        ),
        af,
        replace(af, facts=facts(stable=MOTION, unit=UNITS, **IN_RANGE)),
    )


def american() -> tuple[Shown, ...]:
    fairbanks = Shown(
        protocol="fairbanks-short",
        numbers=field(6, 3),
        facts=facts(mode=ALL_MODES, unit=("lb", "kg"), **NO_OVERLOAD),
        states=states("overload"),
    )
    weightronix = Shown(
        protocol="weightronix",
        numbers=field(6, 3),
        facts=(
            *facts(mode=ALL_MODES, unit=UNITS, stable=(None, False)),
            *facts(unit=UNITS, stable=(False,)),
        ),
        states=states("overload"),
    )
    return (
        Shown(
            protocol="ricelake-stream",
            numbers=SIGNED_SEVEN,
            facts=facts(
                unit=(*UNITS, None), mode=GROSS_NET, stable=(True, False, None), **IN_RANGE
            ),
            states=states("overload", "underload", "error"),
        ),
        Shown(
            protocol="ricelake-ob350",
            numbers=SIGNED_SEVEN,
            facts=facts(unit=UNITS, mode=GROSS_NET),
            states=states("error"),
        ),
        Shown(
            protocol="cardinal",
            numbers=SIGNED_SEVEN,
            facts=facts(unit=UNITS, mode=GROSS_NET, stable=MOTION, **NO_OVERLOAD),
            states=states("overload", "error"),
        ),
        Shown(protocol="cardinal", numbers=SIGNED_SEVEN, facts=facts(unit=UNITS, mode=GROSS_NET)),
        fairbanks,
        replace(
            fairbanks,
            facts=facts(unit=UNITS, stable=MOTION, **IN_RANGE),
            states=states("out_of_range"),
        ),
        weightronix,
        replace(weightronix, numbers=field(9, minus_inside=False), facts=({},), states=()),
    )


def ff_bcd() -> tuple[Shown, ...]:
    five = Shown(
        protocol="ff-bcd",
        options={"layout": "d4"},
        numbers=SIX_DIGITS,
        facts=facts(stable=MOTION, **NO_OVERLOAD),
        states=states("overload"),
        text=False,
    )
    return (
        five,
        replace(five, options={"layout": "d6"}),
        replace(
            five,
            options={"layout": "d6-unit"},
            facts=facts(stable=MOTION, unit=("kg", "lb"), **NO_OVERLOAD),
        ),
    )


def asked() -> tuple[Shown, ...]:
    """Answers that show more than what is sent unasked."""
    tared = Shown(
        protocol="dingsong",
        numbers=SIX_DIGITS,
        facts=facts(mode=("net",), stable=MOTION),
        states=states("error"),
        tares=replace(SIX_DIGITS, negative=False),
    )
    return (
        tared,
        replace(tared, options={"request": "A"}),
        replace(tared, options={"checksum": "no"}, blind=("no checksum",)),
        Shown(
            protocol="weightronix",
            options={"request": "W"},
            numbers=field(6, 3),
            facts=facts(mode=GROSS_NET, unit=("kg", "lb"), stable=MOTION, **IN_RANGE),
            states=states("overload", "underload"),
        ),
        Shown(
            protocol="dingsong",
            options={"request": "C"},
            numbers=Numbers(digits=6, decimals=(0, 1, 2, 3), minus_inside=True),
        ),
    )


def frames_of_one_length() -> tuple[Shown, ...]:
    packed = {"template": r"\xff\x11{weight:3}", "length": 5, "coding": "bcd"}
    unsigned = Numbers(digits=6, negative=False)
    return (
        Shown(protocol="generic", options=packed, numbers=unsigned, text=False),
        Shown(
            protocol="generic",
            options={**packed, "reverse": True, "decimals": 2},
            numbers=replace(unsigned, decimals=(2,)),
            text=False,
        ),
        Shown(
            protocol="generic",
            options={"template": "N={sign:1}{weight:7}", "length": 10},
            numbers=SIGNED_SEVEN,
        ),
    )


def rinstrum() -> tuple[Shown, ...]:
    one_letter = (
        *facts(stable=(True,), mode=GROSS_NET, **IN_RANGE),
        *facts(stable=(False,), **IN_RANGE),
    )
    with_unit = facts(stable=MOTION, mode=GROSS_NET, unit=UNITS, **IN_RANGE)
    known = states("overload", "underload", "error")
    either = Shown(
        protocol="rinstrum",
        numbers=SIGNED_SEVEN,
        facts=(*one_letter, *with_unit),
        states=known,
    )
    return (
        either,
        replace(either, options={"format": "a"}, facts=one_letter),
        replace(
            either,
            options={"format": "b"},
            facts=facts(stable=MOTION, mode=GROSS_NET, unit=(*UNITS, None), **IN_RANGE),
        ),
        replace(
            either,
            options={"format": "c"},
            facts=facts(stable=MOTION, mode=GROSS_NET, unit=UNITS, **NO_OVERLOAD),
            states=known[:1],
        ),
        replace(
            either,
            options={"format": "d"},
            numbers=field(8),
            facts=facts(stable=MOTION, mode=GROSS_NET, **IN_RANGE),
            states=known[:2],
        ),
    )


def bench_scales() -> tuple[Shown, ...]:
    return (
        Shown(
            protocol="ohaus",
            numbers=SIGNED_SEVEN,
            facts=facts(unit=UNITS, stable=MOTION, mode=ALL_MODES),
        ),
        Shown(
            protocol="tscale",
            numbers=field(8),
            facts=facts(stable=MOTION, mode=GROSS_NET, unit=UNITS, **NO_OVERLOAD),
            states=states("overload", "underload", "out_of_range"),
        ),
        Shown(
            protocol="slash",
            numbers=replace(SIGNED_SEVEN, decimals=(1, 2, 3, 4)),
            facts=facts(unit=UNITS, stable=MOTION),
        ),
        Shown(
            protocol="generic",
            options={"template": r"\x02{sign:1}{weight:7}{unit:1}{mode:1}{stable/overload:1}"},
            numbers=SIGNED_SEVEN,
            facts=facts(unit=UNITS, mode=ALL_MODES, stable=MOTION, **NO_OVERLOAD),
            states=states("overload"),
        ),
        Shown(
            protocol="generic",
            options={"template": "W{weight:9}", "terminator": "=", "reverse": True},
            numbers=field(9),
        ),
    )


SHOWN_BY_SCALES: Final[tuple[Shown, ...]] = (
    *yaohua(),
    *toledo(),
    *flintec_and_bilanciai(),
    *standards(),
    *american(),
    *rinstrum(),
    *bench_scales(),
    *ff_bcd(),
    *asked(),
    *frames_of_one_length(),
    *modbus(),
)
