"""Reads back what a bank is about to be told, from each rail's public description alone.

The second opinion on the bytes: it shares no code with what builds them. One reader for each rail
that `settlement.payouts.rails.RAILS` names. Standard library only.
"""

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

Kind = TypeVar("Kind")


class BankOrder(NamedTuple):
    """What the bank will do, as its own description of the bytes says."""

    number: str
    amount_minor: int
    currency: str
    payee: dict[str, str]
    """`name`, `account` and `bank_code`, and nothing else."""


class Unreadable(ValueError):
    """The bytes do not have the form that the rail describes; the text says where."""


def read_sandbox(request: bytes) -> BankOrder:
    """Read the JSON of `POST {base}/transfers`; raise Unreadable."""
    transfer = _object(request)
    return BankOrder(
        number=_field(transfer, "id", str),
        amount_minor=_field(transfer, "amount_minor", int),
        currency=_field(transfer, "currency", str),
        payee=_field(transfer, "payee", dict),
    )


READERS: Final[dict[str, Callable[[bytes], BankOrder]]] = {
    "sandbox": read_sandbox,
}


def _object(text: bytes) -> dict[str, Any]:
    """Read a JSON object; one that names a key twice could mean two things to two readers."""
    try:
        parsed = json.loads(text, object_pairs_hook=_no_key_twice)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    if not isinstance(parsed, dict):
        raise Unreadable("not a JSON object")
    return parsed


def _field(found: dict[str, Any], name: str, kind: type[Kind]) -> Kind:
    """Return a field of exactly this type: `true` is no 1 to a bank."""
    value = found.get(name)
    if type(value) is not kind:
        raise Unreadable(f"{name} is not a JSON {kind.__name__}")
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is named twice")
    return found
