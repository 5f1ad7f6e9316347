"""What a run came to: counts, percentiles and the books, as numbers and as text. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 99th percentile; None without a single value."""

    p50: float | None
    p99: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        ordered = sorted(values)
        return cls(p50=percentile(ordered, 50), p99=percentile(ordered, 99))


@dataclass(frozen=True, slots=True)
class Result:
    """The numbers of one run; the field names are the ones of `--json`."""

    trucks: int
    """Honest trucks that made their trip."""
    paid: int
    """Those whose driver the bank has paid."""
    refused: int
    """Stops at a lane that ended with a refusal."""
    cycle_s: Spread
    """Card read to exit barrier told to open."""
    software_ms: Spread
    """The part of it that is software and network."""
    weighed_to_paid_ms: Spread
    """Last weighing to the bank's payment."""
    ledger_balanced: bool
    bank_equals_ledger: bool

    def to_json(self) -> str:
        """Return one line."""
        return json.dumps(asdict(self))

    @property
    def is_good(self) -> bool:
        """Whether every truck was paid and the books balance."""
        return self.paid == self.trucks and self.ledger_balanced and self.bank_equals_ledger


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """Return the smallest value that at least `percent` of a sorted sequence do not exceed."""
    if not ordered:
        return None
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def cycles_s(stops: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return the cycle of each complete stop, in seconds."""
    return [stop["cycle_ms"] / 1000 for stop in stops if stop["cycle_ms"] is not None]


def software_ms(stops: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return how long truck and driver waited for software at each complete stop."""
    return [
        stop["admit_ms"] + stop["release_ms"]
        for stop in stops
        if stop["admit_ms"] is not None and stop["release_ms"] is not None
    ]


def weighed_to_paid_ms(tickets: Iterable[Mapping[str, Any]]) -> list[float]:
    """Return how long each paid driver waited after his last weighing."""
    waits: list[float] = []
    for ticket in tickets:
        paid_at = _payout(ticket).get("paid_at")
        if paid_at is not None:
            weighed_at = datetime.fromisoformat(ticket["second"]["at"])
            wait = datetime.fromisoformat(paid_at) - weighed_at
            waits.append(round(wait.total_seconds() * 1000))
    return waits


def is_paid(ticket: Mapping[str, Any]) -> bool:
    return _payout(ticket).get("state") == "paid"


def summary(result: Result, *, notices: int, speed: float) -> str:
    """Return the numbers as a person reads them."""
    rows = (
        ("trucks", f"{result.trucks}"),
        ("paid", f"{result.paid}"),
        ("refusals", f"{result.refused}"),
        ("notices on phones", f"{notices}"),
        (f"one stop at a lane (driving {speed:g}x)", _spread(result.cycle_s, "s", 1)),
        ("of it software and network", _spread(result.software_ms, "ms", 0)),
        ("last weighing to paid", _spread(result.weighed_to_paid_ms, "ms", 0)),
        ("ledger balances", _yes(result.ledger_balanced)),
        ("bank equals ledger", _yes(result.bank_equals_ledger)),
    )
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _payout(ticket: Mapping[str, Any]) -> Mapping[str, Any]:
    settlement = ticket.get("settlement") or {}
    payout: Mapping[str, Any] = settlement.get("payout") or {}
    return payout


def _spread(spread: Spread, unit: str, digits: int) -> str:
    if spread.p50 is None or spread.p99 is None:
        return "none"
    return f"{spread.p50:.{digits}f} {unit} (99 of 100 within {spread.p99:.{digits}f} {unit})"


def _yes(good: bool) -> str:  # noqa: FBT001  it only translates a flag
    return "yes" if good else "NO"
