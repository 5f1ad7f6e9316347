"""A second rail, for tests only: other bytes, another adapter, its own callbacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from settlement.config import Settings
from settlement.messages import TicketToSettle
from settlement.payouts.rails.rail import ForgedCallback, Rail, RailAnswer, RailSetup
from settlement.payouts.states import RailOutcome, RailPolicy
from settlement.strict_json import BadInput
from settlement.verify.rails import BankOrder, Unreadable
from taigan.problem import FieldError

NAME = "giro"
SIGNATURE = "giro-was-here"
POLICY = RailPolicy(lease_ms=5_000, quarantine_ms=60_000, window_ms=3_600_000)


def instruction(ticket: TicketToSettle, number: str, amount_minor: int) -> str:
    payee = ticket.payee
    return urlencode(
        {
            "no": number,
            "fen": amount_minor,
            "cur": ticket.contract.currency,
            "to": payee.account,
            "at": payee.bank_code,
            "who": payee.name,
        }
    )


def read(request: bytes) -> BankOrder:
    """Read the bytes back, as a guard would."""
    form = parse_qs(request.decode(), keep_blank_values=True)
    try:
        no, fen, cur, to, at, who = (
            form[name][0] for name in ("no", "fen", "cur", "to", "at", "who")
        )
        payee = {"name": who, "account": to, "bank_code": at}
        return BankOrder(number=no, amount_minor=int(fen), currency=cur, payee=payee)
    except (KeyError, ValueError) as error:
        raise Unreadable(repr(error)) from error


@dataclass
class GiroBank:
    """Takes a number first, decides when it is asked the second time."""

    taken: dict[str, str] = field(default_factory=dict)
    asks: int = 0
    patient_asks: int = 1
    closed: bool = False

    def send(self, number: str, request_body: str, amount_minor: int) -> RailAnswer:
        del amount_minor
        assert self.taken.setdefault(number, request_body) == request_body
        return RailAnswer(outcome=RailOutcome.ACCEPTED, evidence="taken")

    def ask(self, number: str, amount_minor: int) -> RailAnswer:
        del amount_minor
        self.asks += 1
        if number not in self.taken:
            return RailAnswer(outcome=RailOutcome.NOT_FOUND, evidence="never seen")
        paid = self.asks > self.patient_asks
        outcome = RailOutcome.PAID if paid else RailOutcome.ACCEPTED
        return RailAnswer(outcome=outcome, evidence="asked")

    def close(self) -> None:
        self.closed = True


class GiroCallbacks:
    path = NAME

    def verify(self, headers: Mapping[str, str], body: bytes) -> str:
        if headers.get("giro-signature") != SIGNATURE:
            raise ForgedCallback("no signature")
        return f"giro:{body.decode()}"

    def number(self, body: bytes) -> str:
        if not body.isalnum():
            raise BadInput((FieldError("", "is no number"),))
        return body.decode()


def giro(bank: GiroBank) -> Rail:
    """Return the row of a giro whose bank the test holds."""

    def set_up(settings: Settings) -> RailSetup:
        del settings
        return RailSetup(policy=POLICY, connect=lambda: bank, callbacks=GiroCallbacks())

    return Rail(instruction=instruction, set_up=set_up, numbers="[A-Z0-9]{20}", number_length=20)
