"""Checks that each settlement left the bank as its one payout says, and why its state is so.

State, journals, attempts and callbacks tell the same story, each in its own words: a payout is paid
because the bank said so in an attempt, a journal was posted in the same moment, and the money is no
longer in transit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from settlement.verify.arithmetic import DEFAULTS
from settlement.verify.derived import payout_id, provider_no
from settlement.verify.rails import READERS, BankOrder, Unreadable
from settlement.verify.reading import (
    Broken,
    Data,
    Defect,
    ExportLine,
    by_key,
    not_complete,
    not_payable,
    parse,
)

_Kinds = frozenset[str]
_SETTLED: Final[_Kinds] = frozenset({"settled"})
_RESERVED: Final = _SETTLED | {"reserved"}
_PAID: Final = _RESERVED | {"paid"}
_FAILED: Final = _RESERVED | {"voided"}
_RETURNED: Final = _PAID | {"returned"}
_JOURNALS: Final[Mapping[str, tuple[_Kinds, ...]]] = {
    "held": (_SETTLED, _RESERVED),
    "ready": (_RESERVED,),
    "sending": (_RESERVED,),
    "unknown": (_RESERVED,),
    "accepted": (_RESERVED,),
    "paid": (_PAID,),
    "failed": (_FAILED,),
    "returned": (_RETURNED,),
    "manual": (
        _RESERVED,
        _FAILED | {"paid_after_failure"},
        _RETURNED | {"paid_after_return"},
    ),
}
"""Which journals a payout has in each state, of an amount that is not zero."""
_LEFT_BANK: Final = {"paid": 1, "manual": None}
"""How many times a payout's amount has left the bank; None = a person decides. Default 0."""
_ANSWERED: Final = {"paid": {"paid"}, "failed": {"failed"}, "returned": {"paid", "failed"}}
"""What the bank must have said in some attempt before a payout is in such a state."""
_UNPAID: Final = frozenset({"held", "ready", "failed"})


class Story(NamedTuple):
    """What else is told about one payout."""

    settlement: Data
    journals: list[Data]
    attempts: list[Data]
    callbacks: list[Data]


def check_payouts(
    payouts: list[ExportLine],
    settlements: Iterable[ExportLine],
    journals: Iterable[ExportLine],
    attempts: Iterable[ExportLine],
    callbacks: Iterable[ExportLine],
) -> Iterator[Defect]:
    """Check each settlement's one payout, and that all that is told of it fits together."""
    booked, tried, heard = _grouped(journals, attempts, callbacks)
    owed = {line.data["id"]: line for line in settlements}
    for line in payouts:
        payout = line.data
        settlement = owed.pop(payout["settlement_id"], None)
        if settlement is None:
            yield not_complete(line.where, "no settlement, or a second payout for it")
            continue
        story = Story(
            settlement.data,
            booked[payout["settlement_id"]],
            sorted(tried[payout["id"]], key=lambda attempt: attempt["n"]),
            heard[payout["provider_no"]],
        )
        for check in (_amount_defects, _state_defects, _attempt_defects, _callback_defects):
            for what in check(payout, story):
                yield not_payable(line.where, what)
        yield from _missing_attempts(line, story)
    for line in owed.values():
        yield not_complete(line.where, "the settlement has no payout")
    known = by_key(payouts, "id")
    for line in attempts:
        if line.data["payout_id"] not in known:
            yield not_complete(line.where, "the attempt's payout is missing")


def _grouped(
    journals: Iterable[ExportLine],
    attempts: Iterable[ExportLine],
    callbacks: Iterable[ExportLine],
) -> tuple[dict[str, list[Data]], dict[str, list[Data]], dict[str, list[Data]]]:
    booked: dict[str, list[Data]] = defaultdict(list)
    tried: dict[str, list[Data]] = defaultdict(list)
    heard: dict[str, list[Data]] = defaultdict(list)
    for line in journals:
        booked[line.data["settlement_id"]].append(line.data)
    for line in attempts:
        tried[line.data["payout_id"]].append(line.data)
    for line in callbacks:
        heard[line.data["provider_no"]].append(line.data)
    return booked, tried, heard


def _amount_defects(payout: Data, story: Story) -> Iterator[str]:
    amount, settlement = payout["amount_minor"], story.settlement
    if amount != settlement["total_minor"]:
        yield f"pays {amount} fen for a settlement of {settlement['total_minor']} fen"
    for name in ("contract_id", "driver_id"):
        if payout[name] != settlement[name]:
            yield f"{name} is not the settlement's"
    if payout["id"] != payout_id(payout["settlement_id"]):
        yield "its id does not follow from its settlement"
    number = payout["provider_no"]
    if number != provider_no(payout["id"], payout["generation"], len(number)):
        yield "the bank's number does not follow from the payout"
    yield from _request_defects(payout, settlement["ticket"])


def _request_defects(payout: Data, ticket: Data) -> Iterator[str]:
    """Compare what the bank was told with what the ticket says."""
    if payout["rail"] not in READERS:
        yield f"goes by the rail {payout['rail']}, which this verifier does not know"
        return
    try:
        sent = READERS[payout["rail"]](payout["request_body"].encode())
    except Unreadable as error:
        yield f"the request to the bank cannot be read: {error}"
        return
    agreed = BankOrder(
        number=payout["provider_no"],
        amount_minor=payout["amount_minor"],
        currency={**DEFAULTS, **ticket["contract"]}["currency"],
        payee={name: ticket["payee"][name] for name in ("name", "account", "bank_code")},
    )
    if sent != agreed:
        yield "the bank was told something else than the ticket says"


def _state_defects(payout: Data, story: Story) -> Iterator[str]:
    state, amount = payout["state"], payout["amount_minor"]
    left_bank = sum(
        entry["amount_minor"]
        for journal in story.journals
        for entry in journal["entries"]
        if entry["account_id"].startswith("bank:")
    )
    times = _LEFT_BANK.get(state, 0)
    if times is not None and left_bank != times * amount:
        yield f"is {state}, but {left_bank} fen of {amount} fen have left the bank"
    if state not in _JOURNALS:
        yield f"is {state}, a state that this verifier does not know"
        return
    kinds = sorted(journal["kind"] for journal in story.journals)
    if amount and kinds not in [sorted(allowed) for allowed in _JOURNALS[state]]:
        yield f"is {state}, but was booked as {', '.join(kinds) or 'nothing'}"
    if state == "held" and amount and (payout["reason"] == "funds") != ("reserved" not in kinds):
        yield f"is held for {payout['reason']}, but was booked as {', '.join(kinds)}"
    if not amount and (state, payout["reason"]) != ("paid", "nothing_due"):
        yield f"nothing is due, and yet it is {state}"
    if payout["created_ms"] != story.settlement["settled_ms"]:
        yield "was made at another time than it was settled"


def _attempt_defects(payout: Data, story: Story) -> Iterator[str]:
    """Compare a payout with the exchanges with the bank that it has had."""
    state = payout["state"]
    sends = [one["started_ms"] for one in story.attempts if one["kind"] == "send"]
    said = {one["outcome"] for one in story.attempts}
    if any(one["provider_no"] != payout["provider_no"] for one in story.attempts):
        yield "was tried under another number"
    if {one["kind"] for one in story.attempts} - {"send", "ask"}:
        yield "an attempt is neither a send nor a question"
    if any(one["finished_ms"] is not None and one["finished_ms"] < one["started_ms"]
           for one in story.attempts):  # fmt: skip
        yield "an attempt ended before it began"
    times = (sends[0], sends[-1]) if sends else (None, None)
    if (payout["first_sent_ms"], payout["last_sent_ms"]) != times:
        yield "was sent at other times than its attempts say"
    if payout["amount_minor"] and not _ANSWERED.get(state, set()) <= said:
        yield f"is {state}, but the bank never said so in an attempt"
    yield from _paid_at_defects(payout, story)


def _paid_at_defects(payout: Data, story: Story) -> Iterator[str]:
    paid_ms = payout["paid_ms"]
    answered = {one["finished_ms"] for one in story.attempts if one["outcome"] == "paid"}
    if not payout["amount_minor"]:
        answered = {payout["created_ms"]}
    if paid_ms is not None and paid_ms not in answered:
        yield "was paid at another time than the bank said so"
    if paid_ms is None and payout["state"] in {"paid", "returned"}:
        yield f"is {payout['state']}, and has no time of payment"


def _missing_attempts(line: ExportLine, story: Story) -> Iterator[Defect]:
    numbers = [one["n"] for one in story.attempts]
    if numbers != list(range(1, line.data["fence"] + 1)):
        yield not_complete(
            line.where, "its attempts are not numbered without a gap up to its fence"
        )


def _callback_defects(payout: Data, story: Story) -> Iterator[str]:
    """Callbacks are hints, but one that contradicts the payout must be explained by somebody."""
    for callback in story.callbacks:
        try:
            data = parse(callback["body"])["data"]
        except (Broken, KeyError):
            continue
        if data.get("id") != payout["provider_no"]:
            yield "a callback is filed under another number than it names"
        if data.get("amount_minor", payout["amount_minor"]) != payout["amount_minor"]:
            yield "a callback names another amount"
        if data.get("status") == "paid" and payout["state"] in _UNPAID:
            yield f"is {payout['state']}, but a callback says that it was paid"
