"""A weight in the registers that one request brings, to and from a reading."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from edge.devices.readings import BadFrame, Mode, Reading, Unit, no_weight
from edge.devices.scales.fields import shown_as
from edge.devices.scales.modbus_maps import Division, Fact, Flag, Number, RegisterMap, Which
from edge.devices.scales.modbus_numbers import to_bytes, to_number
from edge.devices.scales.numbers import decimals_of, shown_weight

_STATES: Final[tuple[Literal["overload", "underload", "error"], ...]] = (
    "overload",
    "underload",
    "error",
)
_MODES: Final[dict[bool, Mode]] = {True: "net", False: "gross"}


@dataclass(frozen=True, slots=True)
class Registers:
    """What is asked for. Register numbers are those of the manual, `first` the lowest of them."""

    weight: Number
    mode: Mode | None
    tare: Number | None
    flags: Mapping[Fact, Flag]
    division: Division | None
    unit: Unit | None
    decimals: int | None
    """None: the division says it."""
    first: int
    count: int

    def read(self, data: bytes, frame: bytes) -> Reading | BadFrame:
        """Return what the registers show; `frame` is what they came in."""
        facts = {
            fact: flag.holds(self._word(data, flag.register)) for fact, flag in self.flags.items()
        }
        scale = self._scale(data)
        if scale is None:
            return BadFrame("division", frame)
        decimals, unit = scale
        mode = self._mode(facts)
        stable = facts.get("stable")
        state = next((one for one in _STATES if facts.get(one)), None)
        weight = self._number(data, self.weight, decimals)
        if state is not None or weight is None:
            return no_weight(state or "error", unit=unit, stable=stable, mode=mode)
        return Reading(
            weight=weight,
            unit=unit,
            stable=stable,
            mode=mode,
            overload=facts.get("overload"),
            underload=facts.get("underload"),
            tare=None if self.tare is None else self._number(data, self.tare, decimals),
        )

    def written(self, reading: Reading) -> bytes:
        """Return registers that show a reading; ValueError for what has no place in them.

        An indicator without a weight is shown in motion unless it is known to be stable.
        """
        data = bytearray(2 * self.count)
        if reading.state not in {None, *self.flags}:
            raise ValueError(f"the registers have no place for state {reading.state}")
        weight = Decimal(0) if reading.state is not None else shown_weight(reading)
        decimals = self._put_scale(data, reading, weight)
        self._put_number(data, self.weight, weight.scaleb(decimals))
        if self.tare is not None:
            self._put_number(data, self.tare, (reading.tare or Decimal(0)).scaleb(decimals))
        for fact, flag in self.flags.items():
            self._put(data, flag.register, flag.bits(fact=self._fact(reading, fact)))
        if self.mode not in {None, reading.mode}:
            raise ValueError(f"the registers have no place for mode {reading.mode}")
        return bytes(data)

    def _mode(self, facts: Mapping[Fact, bool]) -> Mode | None:
        return _MODES[facts["net"]] if "net" in facts else self.mode

    def _scale(self, data: bytes) -> tuple[int, Unit | None] | None:
        """Return decimals and unit; None for a code that no weight has."""
        if self.division is None:
            return self.decimals or 0, self.unit
        code = self._word(data, self.division.register)
        decimals = self.division.decimals.get(code & 0xFF)
        unit = self.division.units.get(code >> 8)
        if decimals is None or unit is None:
            return None
        return decimals if self.decimals is None else self.decimals, unit

    def _put_scale(self, data: bytearray, reading: Reading, weight: Decimal) -> int:
        """Write decimals and unit where they have a place; return the decimals."""
        if self.division is None:
            if self.unit not in {None, reading.unit}:
                raise ValueError(f"the registers have no place for unit {reading.unit}")
            return self.decimals or 0
        decimals = decimals_of(weight)
        divisions = {places: code for code, places in self.division.decimals.items()}
        units = {unit: code for code, unit in self.division.units.items()}
        if reading.unit not in units or decimals not in divisions:
            raise ValueError(f"the registers have no place for {weight} {reading.unit}")
        code = units[reading.unit] << 8 | divisions[decimals]
        self._put(data, self.division.register, code)
        return decimals if self.decimals is None else self.decimals

    def _number(self, data: bytes, number: Number, decimals: int) -> Decimal | None:
        at = 2 * (number.register - self.first)
        found = to_number(data[at : at + 2 * number.words], number.type, number.order)
        if found is None:
            return None
        if number.minus is not None and number.minus.holds(self._word(data, number.minus.register)):
            found = -abs(found) or Decimal(0)
        return found.scaleb(-decimals)

    def _put_number(self, data: bytearray, number: Number, value: Decimal) -> None:
        if number.minus is not None:
            self._put(data, number.minus.register, number.minus.bits(fact=value < 0))
            value = abs(value)
        at = 2 * (number.register - self.first)
        data[at : at + 2 * number.words] = to_bytes(value, number.type, number.order)

    def _fact(self, reading: Reading, fact: Fact) -> bool:
        if fact == "net":
            return shown_as({"gross": "", "net": "net"}, reading.mode, "mode") == "net"
        if fact == "stable":
            stable = bool(reading.stable) if reading.state else reading.stable
            return shown_as({True: "stable", False: ""}, stable, "stable") == "stable"
        return reading.state == fact

    def _word(self, data: bytes, register: int) -> int:
        at = 2 * (register - self.first)
        return int.from_bytes(data[at : at + 2])

    def _put(self, data: bytearray, register: int, bits: int) -> None:
        at = 2 * (register - self.first)
        data[at : at + 2] = (int.from_bytes(data[at : at + 2]) | bits).to_bytes(2)


def registers_of(
    model: RegisterMap, which: Which, weight: Number, decimals: int | None
) -> Registers:
    """Return what must be asked for to read `weight`, the number of `model` that is `which`.

    If the weight is in another place than in the model, everything moves with it.
    """
    by = weight.register - model.weights[which].register
    flags = {
        fact: replace(flag, register=flag.register + by)
        for fact, flag in model.flags.items()
        if fact != "net" or which == "displayed"
    }
    minus = weight.minus and replace(weight.minus, register=weight.minus.register + by)
    weight = replace(weight, minus=minus)
    tare = model.tare and replace(
        model.tare, register=model.tare.register + by, type=weight.type, order=weight.order
    )
    division = model.division and replace(model.division, register=model.division.register + by)
    numbers = [one for one in (weight, tare) if one is not None]
    places = [flag.register for flag in (*flags.values(), *(m for m in [minus] if m))]
    places += [division.register] if division else []
    first = min([one.register for one in numbers] + places)
    end = max([one.register + one.words for one in numbers] + [place + 1 for place in places])
    return Registers(
        weight=weight,
        mode=None if which == "displayed" else which,
        tare=tare,
        flags=flags,
        division=division,
        unit=model.unit,
        decimals=decimals,
        first=first,
        count=end - first,
    )
