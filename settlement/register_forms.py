"""What can be proposed here, the form of its content, and its subject. Pure."""

import json
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from settlement.messages import ContractTerms, Id, MinorUnits, Payee, TicketToSettle
from taigan.approvals.forms import Content, Proposal, PublicKey, Refused
from taigan.approvals.rules import Rule


class Kind(StrEnum):
    PERSON = "person"
    PAYEE = "payee"
    CARD = "card"
    CONTRACT = "contract"
    PAYOUT = "payout"


DEFAULT_RULES: Final[dict[str, Rule]] = {
    Kind.PERSON: Rule.TWO,
    Kind.PAYEE: Rule.TWO_COOLING_OFF,
    Kind.CARD: Rule.TWO,
    Kind.CONTRACT: Rule.TWO_COOLING_OFF,
    Kind.PAYOUT: Rule.TWO,
}


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PersonEntry(_Form):
    """Who may sign. The subject is the name."""

    key: PublicKey


class PayeeEntry(_Form):
    """Where a driver is paid. The subject is his id."""

    name: str = Field(min_length=1, max_length=70)
    account: str = Field(pattern=r"^[0-9A-Za-z]{4,34}$")
    bank_code: str = Field(pattern=r"^[0-9A-Za-z]{4,14}$")
    phone: str = Field(pattern=r"^\+?[0-9]{5,15}$")
    proof: Annotated[str, StringConstraints(max_length=200)] = ""
    """What was seen that shows whose account it is."""

    def pays(self, payee: Payee) -> bool:
        """Return whether money sent to `payee` arrives at this account."""
        own = (self.name, self.account, self.bank_code)
        return own == (payee.name, payee.account, payee.bank_code)


class CardEntry(_Form):
    """Whose card it is, and on which truck. The subject is its tag."""

    driver_id: Id
    plate: str = Field(min_length=1, max_length=16)


class PayoutEntry(_Form):
    """One payout that goes out as its ticket says, whatever registers say. The subject is its id.

    Weights, price and limits are examined all the same.
    """

    name: str = Field(min_length=1, max_length=70)
    account: str = Field(min_length=1, max_length=34)
    bank_code: str = Field(min_length=1, max_length=14)
    amount_minor: MinorUnits


FORMS: Final[dict[str, type[BaseModel]]] = {
    Kind.PERSON: PersonEntry,
    Kind.PAYEE: PayeeEntry,
    Kind.CARD: CardEntry,
    Kind.CONTRACT: ContractTerms,
    Kind.PAYOUT: PayoutEntry,
}


def contract_subject(terms: ContractTerms) -> str:
    """Return the subject of a contract's version, such as COAL-1/2."""
    return f"{terms.contract_id}/{terms.version}"


def check_content(proposal: Proposal) -> None:
    """Raise Refused unless the content has the form of its kind and belongs to its subject."""
    form = FORMS.get(proposal.kind)
    if form is None:
        raise Refused(f"kind: {proposal.kind} is none of {', '.join(FORMS)}")
    if proposal.kind == Kind.PAYOUT and not _is_uuid(proposal.subject):
        raise Refused("subject: is not the id of a payout, as `payout list` shows it")
    if proposal.after is None:
        _may_end(proposal)
        return
    try:
        content = form.model_validate_json(_text(proposal.after))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in ("after", *first["loc"]))
        raise Refused(f"{where}: {first['msg']}") from error
    if content.model_dump(mode="json") != proposal.after:
        raise Refused("after: leaves out a field, or spells one otherwise than this program does")
    if isinstance(content, ContractTerms) and contract_subject(content) != proposal.subject:
        raise Refused(f"subject: the terms are those of {contract_subject(content)}")
    if proposal.after == proposal.before:
        raise Refused("after: is what is in effect already")


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _may_end(proposal: Proposal) -> None:
    if proposal.before is None:
        raise Refused("after: there is nothing in effect that could end")
    if proposal.kind == Kind.CONTRACT:
        raise Refused("after: a version of a contract does not end; propose the next version")


def _text(content: Content) -> str:
    """Return content as JSON text, so that it is read by the rules of JSON."""
    return json.dumps(content)


def card_of(ticket: TicketToSettle) -> dict[str, Any]:
    """Return the register's entry for the driver and truck that a ticket names."""
    entry = CardEntry(driver_id=ticket.payee.driver_id, plate=ticket.plate)
    return entry.model_dump(mode="json")


def payout_of(ticket: TicketToSettle, amount_minor: int) -> dict[str, Any]:
    """Return what people sign to let this one payout go as its ticket says."""
    payee = ticket.payee
    entry = PayoutEntry(
        name=payee.name,
        account=payee.account,
        bank_code=payee.bank_code,
        amount_minor=amount_minor,
    )
    return entry.model_dump(mode="json")


def payee_of(ticket: TicketToSettle) -> dict[str, Any]:
    """Return the register's entry for the account that a ticket names."""
    payee = ticket.payee
    entry = PayeeEntry(
        name=payee.name, account=payee.account, bank_code=payee.bank_code, phone=payee.phone
    )
    return entry.model_dump(mode="json")
