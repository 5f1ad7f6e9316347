"""What indicators show through Modbus registers, map by map."""

from dataclasses import replace

from edge.devices.readings import no_weight
from tests.unit.edge.shown import Numbers, Shown
from tests.unit.edge.shown_facts import (
    GROSS_NET,
    IN_RANGE,
    MOTION,
    UNITS,
    facts,
    states,
    with_mode,
)

INT32 = Numbers(digits=9)
FLOAT32 = Numbers(digits=6, decimals=(0, 1, 2, 3))
LAUMAS = Shown(
    protocol="modbus",
    options={"map": "laumas-tlu"},
    numbers=Numbers(digits=8, decimals=(0, 1, 2, 3, 4)),
    facts=facts(unit=UNITS, stable=MOTION, mode=("gross",), overload=(False,)),
    states=tuple(
        no_weight(state, unit="kg", stable=False, mode="gross") for state in ("overload", "error")
    ),
    text=False,
)
PLAIN = replace(LAUMAS, options={}, numbers=INT32, facts=({},), states=())
GROSS = replace(PLAIN, facts=facts(mode=("gross",)))


def modbus() -> tuple[Shown, ...]:
    return (*registers(), *models())


def registers() -> tuple[Shown, ...]:
    """Nothing but a number, in each of its forms."""
    return (
        replace(PLAIN, options={"map": "plain"}, states=states("not_executable")),
        replace(PLAIN, options={"divisor": 100}, numbers=replace(INT32, decimals=(2,))),
        replace(PLAIN, options={"order": "cdab", "first": 7, "unit_id": 9}),
        replace(PLAIN, options={"type": "int16"}, numbers=Numbers(digits=4)),
        replace(PLAIN, options={"type": "bcd"}, numbers=Numbers(digits=8, negative=False)),
        replace(PLAIN, options={"framing": "tcp"}, blind=("no checksum", "lost bytes")),
    )


def models() -> tuple[Shown, ...]:
    flags = facts(stable=MOTION, mode=GROSS_NET, **IN_RANGE)
    return (
        LAUMAS,
        replace(
            LAUMAS,
            options={"map": "laumas-tlu", "value": "net"},
            facts=with_mode(LAUMAS.facts, "net"),
            states=tuple(replace(one, mode="net") for one in LAUMAS.states),
        ),
        replace(GROSS, options={"map": "cas-ci600d"}),
        replace(
            PLAIN,
            options={"map": "id551pn"},
            numbers=FLOAT32,
            facts=flags,
            states=tuple(
                no_weight(state, stable=False, mode="net")
                for state in ("overload", "underload", "error")
            ),
            exact=False,
        ),
        replace(GROSS, options={"map": "pavone-jbx8"}),
        replace(PLAIN, facts=facts(mode=("net",)), options={"map": "pavone-jbx8", "value": "net"}),
        *(
            replace(
                GROSS,
                options={"map": f"eagle-ei1000-{unit}"},
                numbers=FLOAT32,
                facts=facts(mode=("gross",), unit=(unit,)),
                exact=False,
            )
            for unit in ("kg", "lb")
        ),
        replace(
            PLAIN,
            options={"map": "flintec-ft13"},
            facts=flags,
            states=tuple(
                no_weight(state, stable=False, mode="gross")
                for state in ("overload", "underload", "error")
            ),
            tares=INT32,
        ),
        replace(GROSS, options={"map": "pr5410"}),
        replace(
            GROSS,
            options={"map": "pr5220"},
            facts=facts(mode=("gross",), stable=MOTION, overload=(False,)),
            states=tuple(
                no_weight(state, stable=False, mode="gross") for state in ("overload", "error")
            ),
        ),
        replace(PLAIN, options={"map": "transmitter-8ch"}),
        replace(PLAIN, options={"map": "transmitter-8ch", "first": 2}),
        replace(PLAIN, options={"map": "kpr"}),
    )
