"""Where indicators keep their weight in Modbus registers: one entry per model, all of it data.

Registers are numbered as the maker's manual does. `base` is the number that the manual gives to
the first one, which is 0 on the wire: 0, 1, or 40001 for manuals that count holding registers so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from edge.devices.readings import Unit

NumberType = Literal["int32", "uint32", "int16", "uint16", "float32", "bcd"]
"""`bcd`: eight decimal digits in two registers, without a sign."""
ByteOrder = Literal["abcd", "cdab", "badc", "dcba"]
"""In which order the bytes arrive; a is the highest. `cdab` is the low word first."""
Which = Literal["displayed", "gross", "net"]
Fact = Literal["stable", "net", "overload", "underload", "error"]


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact in a status register: any bit of `mask` set, or the masked bits equal to `equals`."""

    register: int
    mask: int
    equals: int | None = None
    on: bool = True
    """False: the fact holds when the bits say the opposite, such as stable for a motion bit."""

    def holds(self, word: int) -> bool:
        """Return whether a register with this content says the fact."""
        found = bool(word & self.mask) if self.equals is None else word & self.mask == self.equals
        return found is self.on

    def bits(self, *, fact: bool) -> int:
        """Return the bits that say whether the fact holds."""
        return (self.mask if self.equals is None else self.equals) if fact is self.on else 0


@dataclass(frozen=True, slots=True)
class Number:
    """A number in one register or two."""

    register: int
    type: NumberType = "int32"
    order: ByteOrder = "abcd"
    minus: Flag | None = None
    """A minus sign in another place; the number itself may carry it too."""

    @property
    def words(self) -> int:
        """How many registers it takes."""
        return 1 if self.type in {"int16", "uint16"} else 2


@dataclass(frozen=True, slots=True)
class Division:
    """A register that says decimals and unit: a code in its low byte, another in its high byte."""

    register: int
    decimals: Mapping[int, int]
    units: Mapping[int, Unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMap:
    """One model. The first of its weights is the one that is read unless another is asked for."""

    weights: Mapping[Which, Number]
    tare: Number | None = None
    flags: Mapping[Fact, Flag] = field(default_factory=lambda: MappingProxyType({}))
    division: Division | None = None
    unit: Unit | None = None
    base: int = 0
    function: Literal[3, 4] = 3


_LAUMAS_DECIMALS: Final = {
    code: decimals
    for decimals, codes in enumerate([range(7), range(7, 10), range(10, 13), range(13, 16)])
    for code in codes
} | dict.fromkeys(range(16, 19), 4)

MAPS: Final[Mapping[str, RegisterMap]] = {
    # Nothing but a number; the other entries say more.
    "plain": RegisterMap(weights={"displayed": Number(0)}),
    # Registers: Laumas TLU manual p. 30. Status bits and the codes of 40014 are those of other
    # transmitters of the maker (TLB, Bosche WTS): compare with the display before relying on them.
    "laumas-tlu": RegisterMap(
        base=40_001,
        weights={
            "gross": Number(40_008, minus=Flag(40_007, 0x0080)),
            "net": Number(40_010, minus=Flag(40_007, 0x0100)),
        },
        flags={
            "overload": Flag(40_007, 0x000C),
            "error": Flag(40_007, 0x0033),
            "stable": Flag(40_007, 0x0800),
        },
        division=Division(40_014, _LAUMAS_DECIMALS, {0: "kg", 1: "g", 2: "t", 3: "lb"}),
    ),
    # CAS CI-600D manual: no status on the page that was read.
    "cas-ci600d": RegisterMap(
        base=40_001, weights={"gross": Number(40_008), "net": Number(40_010)}
    ),
    # ID551PN manual.
    "id551pn": RegisterMap(
        base=40_001,
        weights={"displayed": Number(40_001, "float32"), "gross": Number(40_003, "float32")},
        flags={
            "underload": Flag(40_005, 0x0200),
            "overload": Flag(40_005, 0x0400),
            "net": Flag(40_005, 0x0800),
            "stable": Flag(40_005, 0x1000, on=False),
            "error": Flag(40_005, 0x8000, on=False),
        },
    ),
    # Pavone JBX8 manual. Over TCP its unit id is 255.
    "pavone-jbx8": RegisterMap(weights={"gross": Number(2), "net": Number(4)}),
    # Eagle EI-1000 manual: a table for each unit.
    "eagle-ei1000-lb": RegisterMap(
        unit="lb",
        weights={"gross": Number(0x1000, "float32"), "net": Number(0x1008, "float32")},
    ),
    "eagle-ei1000-kg": RegisterMap(
        unit="kg",
        weights={"gross": Number(0x2000, "float32"), "net": Number(0x2008, "float32")},
    ),
    # Flintec FT-13 manual p. 46, also FT-12 and FT-16: bits 13-15 number the error.
    "flintec-ft13": RegisterMap(
        weights={"displayed": Number(0), "gross": Number(5)},
        tare=Number(3),
        flags={
            "stable": Flag(2, 0x0004, on=False),
            "net": Flag(2, 0x0008),
            "overload": Flag(2, 0xE000, equals=0x4000),
            "underload": Flag(2, 0xE000, equals=0x6000),
            "error": Flag(2, 0x0002, on=False),
        },
    ),
    # Fairbanks X, PR 5410 manual p. 117. Its status bits 32-47 are coils: another request.
    "pr5410": RegisterMap(weights={"gross": Number(16)}),
    # Sartorius PR 5220 manual p. 124: word 2 holds bits 39-32 and 47-40.
    "pr5220": RegisterMap(
        weights={"gross": Number(16)},
        flags={
            "error": Flag(2, 0x0100),
            "overload": Flag(2, 0x0600),
            "stable": Flag(2, 0x4000),
        },
    ),
    # Chinese transmitters with 8 to 12 channels: channel n has first=2(n-1).
    "transmitter-8ch": RegisterMap(weights={"displayed": Number(0)}),
    # KPR instruments, 19200 baud.
    "kpr": RegisterMap(weights={"displayed": Number(0x50)}),
}
