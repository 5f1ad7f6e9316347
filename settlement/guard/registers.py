"""Compares a ticket's payee and contract with settlement's own registers: pure, no I/O, no clock.

A ticket says whom the gateway would pay, and for what rate. Only what two people have signed here
is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from settlement.guard.check import Doubt
from settlement.messages import ContractTerms, Payee, TicketToSettle
from settlement.register_forms import CardEntry, PayeeEntry, card_of, payout_of
from settlement.registers.versions import Version, versions
from taigan.approvals.cases import Case
from taigan.approvals.states import State

CARD_REASONS: Final = ("payee_disputed", "card_unknown", "card_cooling_off")
REASONS: Final = (
    "payee_unknown",
    "payee_differs",
    "payee_cooling_off",
    *CARD_REASONS,
    "contract_unknown",
    "contract_differs",
    "contract_cooling_off",
)
"""Why the registers hold a payout. Each ends by itself when what is missing takes effect."""

FOR_PEOPLE: Final = tuple(reason for reason in REASONS if not reason.endswith("_cooling_off"))
"""Those of them that wait for people, not for time alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTimes:
    """When a ticket was settled, and now. Epoch ms."""

    settled_ms: int
    now_ms: int


def is_confirmed(
    ticket: TicketToSettle, amount_minor: int, cases: Sequence[Case], now_ms: int
) -> bool:
    """Return whether people have signed that this very payout goes out as its ticket says."""
    effective = [one for one in versions(cases, now_ms) if one.is_in_effect(now_ms)]
    return bool(effective) and effective[-1].content == payout_of(ticket, amount_minor)


def check_payee(payee: Payee, cases: Sequence[Case], at: AtTimes) -> None:
    """Raise Doubt unless the account is the driver's by the register, or was when it was settled.

    A payout of before a change goes to the account of before: it is what was then agreed.
    """
    known = versions(cases, at.now_ms)
    good = _valid_since(known, at)
    if any(_pays(version, payee) for version in good):
        return
    whom = f"driver {payee.driver_id} ({payee.name}, account {payee.account})"
    for version in known:
        if not version.is_in_effect(at.now_ms) and _pays(version, payee):
            raise _cools_off("payee", whom, version)
    missing = _missing(cases, at.now_ms)
    if not good or good[-1].content is None:
        raise Doubt(f"{whom} is not in settlement's register; {missing}", reason="payee_unknown")
    own = PayeeEntry.model_validate(good[-1].content)
    raise Doubt(
        f"{whom} is not where the register pays him: {own.name}, account {own.account}; {missing}",
        reason="payee_differs",
    )


def check_card(card: str, ticket: TicketToSettle, cases: Sequence[Case], now_ms: int) -> None:
    """Raise Doubt unless the card of the unloading is this driver's, on this truck.

    The payee is whoever's card was read, not whom an order names: who writes orders pays nobody.
    """
    known = versions(cases, now_ms)
    effective = [version for version in known if version.is_in_effect(now_ms)]
    claimed = CardEntry.model_validate(card_of(ticket))
    if effective and _entry(effective[-1]) == claimed:
        return
    for version in known:
        if not version.is_in_effect(now_ms) and _entry(version) == claimed:
            raise _cools_off("card", f"card {card} for driver {claimed.driver_id}", version)
    missing = _missing(cases, now_ms)
    own = _entry(effective[-1]) if effective else None
    if own is None:
        raise Doubt(
            f"card {card} is not in settlement's register; {missing}", reason="card_unknown"
        )
    raise Doubt(
        f"the truck was unloaded with card {card} of driver {own.driver_id} on {own.plate}, the"
        f" ticket names driver {claimed.driver_id} on {claimed.plate}; if that is right, {missing}",
        reason="payee_disputed",
    )


def _entry(version: Version) -> CardEntry | None:
    return None if version.content is None else CardEntry.model_validate(version.content)


def check_contract(terms: ContractTerms, cases: Sequence[Case], now_ms: int) -> None:
    """Raise Doubt unless the terms are those that people have signed for this very version."""
    named = f"contract {terms.contract_id} version {terms.version}"
    known = versions(cases, now_ms)
    missing = _missing(cases, now_ms)
    if not known:
        raise Doubt(
            f"{named} is not in settlement's register; {missing}", reason="contract_unknown"
        )
    first = known[0]
    if ContractTerms.model_validate(first.content) != terms:
        raise Doubt(
            f"{named} has other terms in settlement's register: {_difference(terms, first)};"
            " the gateway has to send the next version, which two people propose and approve",
            reason="contract_differs",
        )
    if not first.is_in_effect(now_ms):
        raise _cools_off("contract", named, first)


def _valid_since(known: Sequence[Version], at: AtTimes) -> list[Version]:
    """Return the versions that hold now or were replaced only after the ticket was settled."""
    effective = [version for version in known if version.is_in_effect(at.now_ms)]
    replaced = [
        version
        for version, successor in pairwise(effective)
        if successor.effective_ms >= at.settled_ms
    ]
    return [*replaced, *effective[-1:]]


def _pays(version: Version, payee: Payee) -> bool:
    return version.content is not None and PayeeEntry.model_validate(version.content).pays(payee)


def _cools_off(what: str, named: str, version: Version) -> Doubt:
    at = datetime.fromtimestamp(version.effective_ms / 1000, UTC)
    return Doubt(
        f"{named} takes effect at {at:%Y-%m-%dT%H:%M:%SZ}; until then anybody who may sign can"
        f" refuse it: `taigan-settlement proposal refuse {version.proposal_id}`",
        reason=f"{what}_cooling_off",
        until_ms=version.effective_ms,
    )


def _missing(cases: Sequence[Case], now_ms: int) -> str:
    """Say who can end the hold, and how."""
    waiting = [case for case in cases if case.standing(now_ms).state is State.OPEN]
    if not waiting:
        return "one person proposes it, another approves: `taigan-settlement propose --help`"
    shown = waiting[-1]
    left = shown.terms.signers_needed - len(shown.standing(now_ms).signers)
    people = "another person approves" if left == 1 else f"{left} people approve"
    return f"{people}: `taigan-settlement proposal show {shown.proposal.proposal_id}`"


def _difference(terms: ContractTerms, version: Version) -> str:
    own = version.content or {}
    said = terms.model_dump(mode="json")
    return ", ".join(
        f"{name} {own.get(name)} there, {value} in the ticket"
        for name, value in said.items()
        if own.get(name) != value
    )
