"""Reads back what a bank was told, from each rail's public description alone.

The second opinion on the bytes, which the payout guard shares: no code in common with what builds
them. One reader for each rail that `settlement.payouts.rails.RAILS` names.
"""

from collections.abc import Callable, Collection
from typing import Final, NamedTuple, TypeVar

from settlement.verify.reading import Broken, Data, parse

Kind = TypeVar("Kind")


class BankOrder(NamedTuple):
    """What the bank does, as its own description of the bytes says."""

    number: str
    amount_minor: int
    currency: str
    payee: dict[str, str]
    """`name`, `account` and `bank_code`, and nothing else."""


class Unreadable(ValueError):
    """The bytes do not have the form that the rail describes; the text says where."""


def read_sandbox(request: bytes) -> BankOrder:
    """Read the JSON of `POST {base}/transfers`; raise Unreadable."""
    transfer = _object(request, ("id", "amount_minor", "currency", "payee", "reference"))
    return BankOrder(
        number=_field(transfer, "id", str),
        amount_minor=_field(transfer, "amount_minor", int),
        currency=_field(transfer, "currency", str),
        payee=_field(transfer, "payee", dict),
    )


READERS: Final[dict[str, Callable[[bytes], BankOrder]]] = {
    "sandbox": read_sandbox,
}


def _object(text: bytes, names: Collection[str]) -> Data:
    """Return a JSON object with no other fields than these."""
    try:
        return _only(parse(text), names)
    except Broken as broken:
        raise Unreadable(str(broken)) from broken


def _only(found: Data, names: Collection[str]) -> Data:
    """Refuse a field that the bank does not describe: it may change what the others mean."""
    if added := found.keys() - set(names):
        raise Unreadable(f"not described: {', '.join(sorted(added))}")
    return found


def _field(found: Data, name: str, kind: type[Kind]) -> Kind:
    """Return a field of exactly this type: `true` is no 1 to a bank."""
    value = found.get(name)
    if type(value) is not kind:
        raise Unreadable(f"{name} is not a JSON {kind.__name__}")
    return value
