"""What indicators show through Modbus registers, map by map."""

from dataclasses import replace
from typing import Final

from edge.devices.readings import Mode, Reading, State, Unit, no_weight
from tests.unit.edge.shown import Numbers, Shown
from tests.unit.edge.shown_facts import (
    GROSS_NET,
    IN_RANGE,
    MOTION,
    NO_OVERLOAD,
    UNITS,
    facts,
    states,
    with_mode,
)

INT32: Final = Numbers(digits=9)
FLOAT32: Final = Numbers(digits=6, decimals=(0, 1, 2, 3))
FLAGS: Final = facts(stable=MOTION, mode=GROSS_NET, **IN_RANGE)
EVERY_STATE: Final[tuple[State, ...]] = ("overload", "underload", "error")

PLAIN: Final = Shown(protocol="modbus", numbers=INT32, text=False)
GROSS: Final = replace(PLAIN, facts=facts(mode=("gross",)))


def flagged(mode: Mode, *names: State, unit: Unit | None = None) -> tuple[Reading, ...]:
    return tuple(no_weight(one, unit=unit, stable=False, mode=mode) for one in names)


def modbus() -> tuple[Shown, ...]:
    return (*numbers(), *laumas(), *maps_with_flags(), *maps_without())


def numbers() -> tuple[Shown, ...]:
    """Types, orders and framings."""
    return (
        replace(PLAIN, options={"map": "plain"}, states=states("not_executable")),
        replace(PLAIN, options={"divisor": 100}, numbers=replace(INT32, decimals=(2,))),
        replace(PLAIN, options={"order": "cdab", "first": 7, "unit_id": 9}),
        replace(PLAIN, options={"type": "int16"}, numbers=Numbers(digits=4)),
        replace(PLAIN, options={"type": "bcd"}, numbers=Numbers(digits=8, negative=False)),
        replace(PLAIN, options={"framing": "tcp"}, blind=("no checksum", "lost bytes")),
    )


def laumas() -> tuple[Shown, ...]:
    gross = replace(
        PLAIN,
        options={"map": "laumas-tlu"},
        numbers=Numbers(digits=8, decimals=(0, 1, 2, 3, 4)),
        facts=facts(unit=UNITS, stable=MOTION, mode=("gross",), **NO_OVERLOAD),
        states=flagged("gross", "overload", "error", unit="kg"),
    )
    net = replace(
        gross,
        options={"map": "laumas-tlu", "value": "net"},
        facts=with_mode(gross.facts, "net"),
        states=flagged("net", "overload", "error", unit="kg"),
    )
    return gross, net


def maps_with_flags() -> tuple[Shown, ...]:
    return (
        replace(
            PLAIN,
            options={"map": "id551pn"},
            numbers=FLOAT32,
            facts=FLAGS,
            states=flagged("net", *EVERY_STATE),
            exact=False,
        ),
        replace(
            PLAIN,
            options={"map": "flintec-ft13"},
            facts=FLAGS,
            states=flagged("gross", *EVERY_STATE),
            tares=INT32,
        ),
        replace(
            PLAIN,
            options={"map": "pr5220"},
            facts=facts(mode=("gross",), stable=MOTION, **NO_OVERLOAD),
            states=flagged("gross", "overload", "error"),
        ),
    )


def maps_without() -> tuple[Shown, ...]:
    eagle = replace(GROSS, numbers=FLOAT32, exact=False)
    return (
        replace(GROSS, options={"map": "cas-ci600d"}),
        replace(GROSS, options={"map": "pavone-jbx8"}),
        replace(PLAIN, options={"map": "pavone-jbx8", "value": "net"}, facts=facts(mode=("net",))),
        *(
            replace(
                eagle,
                options={"map": f"eagle-ei1000-{unit}"},
                facts=facts(mode=("gross",), unit=(unit,)),
            )
            for unit in ("kg", "lb")
        ),
        replace(GROSS, options={"map": "pr5410"}),
        replace(PLAIN, options={"map": "transmitter-8ch"}),
        replace(PLAIN, options={"map": "transmitter-8ch", "first": 2}),
        replace(PLAIN, options={"map": "kpr"}),
    )
