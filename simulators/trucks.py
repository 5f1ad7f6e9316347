"""The trucks of a simulated day, with their physical truth; what the product says is not asked.

Made from a random.Random that is passed in: the same seed makes the same fleet.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final


class Stranger(StrEnum):
    """Why a truck has no business here; each is refused somewhere on its way."""

    UNKNOWN_CARD = "unknown_card"
    NO_ORDER = "no_order"
    EXPIRED_CONTRACT = "expired_contract"
    OVERWEIGHT = "overweight"


@dataclass(frozen=True, slots=True)
class Model:
    """A usual combination on coal roads and its legal limit (GB 1589)."""

    axles: int
    gross_max_kg: int
    tare_kg: tuple[int, int]
    fill: tuple[float, float]
    """Gross weight as a share of the limit."""


MODELS: Final = (
    Model(axles=6, gross_max_kg=49_000, tare_kg=(14_600, 17_400), fill=(0.93, 0.99)),
    Model(axles=4, gross_max_kg=31_000, tare_kg=(10_900, 12_800), fill=(0.92, 0.99)),
)
_PROVINCES: Final = "蒙陕晋冀宁鲁"
_SURNAMES: Final = "王李张刘陈杨赵黄周吴"
_GIVEN: Final = "伟强磊军洋勇杰涛明超刚平辉鹏斌"
_PLATE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Truck:
    """A truck, its driver and the load it will carry; true masses in kg."""

    number: int
    plate: str
    tag: str
    driver: str
    phone: str
    account: str
    axles: int
    gross_max_kg: int
    axle_shares: tuple[float, ...]
    tare_kg: int
    load_kg: int
    lost_on_road_kg: int
    fuel_burnt_kg: int
    stranger: Stranger | None = None

    def axle_loads_kg(self, mass_kg: float) -> tuple[float, ...]:
        """Return how `mass_kg` presses on each axle, front first."""
        return tuple(share * mass_kg for share in self.axle_shares)

    @property
    def loaded_kg(self) -> int:
        """Mass when it leaves the mine."""
        return self.tare_kg + self.load_kg

    @property
    def delivered_kg(self) -> int:
        """Mass when it reaches the plant: some coal and some fuel did not."""
        return self.loaded_kg - self.lost_on_road_kg - self.fuel_burnt_kg

    @property
    def emptied_kg(self) -> int:
        """Mass when it leaves the plant."""
        return self.tare_kg - self.fuel_burnt_kg


def fleet(rng: Random) -> Iterator[Truck]:
    """Yield honest trucks without end, no two with the same plate, card, phone or account."""
    number = 0
    while True:
        number += 1
        yield _truck(number, rng)


def strangers(count: int, rng: Random) -> list[Truck]:
    """Return `count` trucks that must be refused, the reasons taking turns."""
    kinds = list(Stranger)
    return [_truck(9000 + n, rng, kinds[n % len(kinds)]) for n in range(count)]


def _truck(number: int, rng: Random, stranger: Stranger | None = None) -> Truck:
    heavy = stranger is Stranger.OVERWEIGHT
    model = MODELS[0] if heavy or rng.random() < 0.7 else MODELS[1]
    tare_kg = rng.randint(*model.tare_kg)
    fill = rng.uniform(1.14, 1.2) if heavy else rng.uniform(*model.fill)
    load_kg = math.floor(model.gross_max_kg * fill) - tare_kg
    return Truck(
        number=number,
        plate=_plate(number, rng),
        tag=f"{0x01:02X}{rng.getrandbits(16):04X}{number:04X}",
        driver=rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_GIVEN),
        phone=f"+86139{rng.randrange(10_000):04d}{number:04d}",
        account=f"62220200{rng.randrange(10_000):04d}{number:07d}",
        axles=model.axles,
        gross_max_kg=model.gross_max_kg,
        axle_shares=_axle_shares(model.axles, rng),
        tare_kg=tare_kg,
        load_kg=load_kg,
        lost_on_road_kg=rng.randint(0, 160),
        fuel_burnt_kg=rng.randint(10, 45),
        stranger=stranger,
    )


def _plate(number: int, rng: Random) -> str:
    letters = rng.choice(_PLATE_LETTERS) + rng.choice(_PLATE_LETTERS)
    return f"{rng.choice(_PROVINCES)}{letters}{number:04d}"


def _axle_shares(axles: int, rng: Random) -> tuple[float, ...]:
    """Give the steering axle least and the others about the same."""
    weights = [0.6, *(rng.uniform(0.9, 1.1) for _ in range(axles - 1))]
    return tuple(weight / sum(weights) for weight in weights)
