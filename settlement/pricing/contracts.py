"""Pins the terms of a contract's version: what was used first holds for ever."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from settlement.messages import ContractTerms
from settlement.tables import contracts
from taigan.sql import insert_if_absent


class TermsDiffer(Exception):
    """The same version of a contract came with other terms: one of the two is wrong."""


_TERMS: Final = select(contracts.c.terms).where(
    contracts.c.contract_id == bindparam("contract"), contracts.c.version == bindparam("revision")
)
_PIN: Final = insert_if_absent(contracts)


def pin_terms(connection: Connection, terms: ContractTerms, now_ms: int) -> None:
    """Store the terms under (contract, version); raise TermsDiffer if others are stored there."""
    pinned = pinned_terms(connection, terms.contract_id, terms.version)
    if pinned is None:
        row = {
            "contract_id": terms.contract_id,
            "version": terms.version,
            "terms": terms.model_dump_json(),
            "pinned_ms": now_ms,
        }
        connection.execute(_PIN, row)
        pinned = pinned_terms(connection, terms.contract_id, terms.version)
    if pinned != terms:
        raise TermsDiffer(
            f"contract {terms.contract_id} version {terms.version} is pinned with other terms"
        )


def pinned_terms(connection: Connection, contract_id: str, version: int) -> ContractTerms | None:
    """Return the terms that a version of a contract was first used with, if it ever was."""
    found = connection.execute(_TERMS, {"contract": contract_id, "revision": version}).scalar()
    return None if found is None else ContractTerms.model_validate_json(found)
