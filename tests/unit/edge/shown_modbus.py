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


def modbus() -> tuple[Shown, ...]:
    int32 = Numbers(digits=9)
    float32 = Numbers(digits=6, decimals=(0, 1, 2, 3))
    flags = facts(stable=MOTION, mode=GROSS_NET, **IN_RANGE)
    laumas = Shown(
        protocol="modbus",
        options={"map": "laumas-tlu"},
        numbers=Numbers(digits=8, decimals=(0, 1, 2, 3, 4)),
        facts=facts(unit=UNITS, stable=MOTION, mode=("gross",), overload=(False,)),
        states=tuple(
            no_weight(state, unit="kg", stable=False, mode="gross")
            for state in ("overload", "error")
        ),
        text=False,
    )
    plain = replace(laumas, options={}, numbers=int32, facts=({},), states=())
    net = replace(plain, facts=facts(mode=("net",)))
    gross = replace(plain, facts=facts(mode=("gross",)))
    return (
        replace(plain, options={"map": "plain"}, states=states("not_executable")),
        replace(plain, options={"divisor": 100}, numbers=replace(int32, decimals=(2,))),
        replace(plain, options={"order": "cdab", "first": 7, "unit_id": 9}),
        replace(plain, options={"type": "int16"}, numbers=Numbers(digits=4)),
        replace(plain, options={"type": "bcd"}, numbers=Numbers(digits=8, negative=False)),
        replace(plain, options={"framing": "tcp"}, blind=("no checksum", "lost bytes")),
        laumas,
        replace(
            laumas,
            options={"map": "laumas-tlu", "value": "net"},
            facts=with_mode(laumas.facts, "net"),
            states=tuple(replace(one, mode="net") for one in laumas.states),
        ),
        replace(gross, options={"map": "cas-ci600d"}),
        replace(
            plain,
            options={"map": "id551pn"},
            numbers=float32,
            facts=flags,
            states=tuple(
                no_weight(state, stable=False, mode="net")
                for state in ("overload", "underload", "error")
            ),
            exact=False,
        ),
        replace(gross, options={"map": "pavone-jbx8"}),
        replace(net, options={"map": "pavone-jbx8", "value": "net"}),
        *(
            replace(
                gross,
                options={"map": f"eagle-ei1000-{unit}"},
                numbers=float32,
                facts=facts(mode=("gross",), unit=(unit,)),
                exact=False,
            )
            for unit in ("kg", "lb")
        ),
        replace(
            plain,
            options={"map": "flintec-ft13"},
            facts=flags,
            states=tuple(
                no_weight(state, stable=False, mode="gross")
                for state in ("overload", "underload", "error")
            ),
            tares=int32,
        ),
        replace(gross, options={"map": "pr5410"}),
        replace(
            gross,
            options={"map": "pr5220"},
            facts=facts(mode=("gross",), stable=MOTION, overload=(False,)),
            states=tuple(
                no_weight(state, stable=False, mode="gross") for state in ("overload", "error")
            ),
        ),
        replace(plain, options={"map": "transmitter-8ch"}),
        replace(plain, options={"map": "transmitter-8ch", "first": 2}),
        replace(plain, options={"map": "kpr"}),
    )
