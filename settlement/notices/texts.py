"""What the driver reads on his phone, in Chinese and English: pure."""

# ruff: noqa: RUF001 - Chinese punctuation belongs in Chinese sentences

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from settlement.messages import PayoutState, SettlementState

Language = Literal["zh", "en"]


class Occasion(StrEnum):
    """When the driver is written to."""

    WAITING = "waiting"
    PAID = "paid"
    NOTHING_DUE = "nothing_due"
    FAILED = "failed"
    RETURNED = "returned"


_OCCASIONS: Final = {
    PayoutState.HELD: Occasion.WAITING,
    PayoutState.PAID: Occasion.PAID,
    PayoutState.FAILED: Occasion.FAILED,
    PayoutState.RETURNED: Occasion.RETURNED,
}

_ACCOUNT: Final[dict[Language, str]] = {
    "zh": "收款账户核实中",
    "en": "your account is being confirmed",
}
_RATE: Final[dict[Language, str]] = {"zh": "运价核实中", "en": "the rate is being confirmed"}
_WAITING_FOR: Final[dict[str, dict[Language, str]]] = {
    "payee_unknown": _ACCOUNT,
    "payee_differs": _ACCOUNT,
    "payee_cooling_off": _ACCOUNT,
    "payee_disputed": _ACCOUNT,
    "card_unknown": _ACCOUNT,
    "card_cooling_off": _ACCOUNT,
    "contract_unknown": _RATE,
    "contract_differs": _RATE,
    "contract_cooling_off": _RATE,
    "funds": {"zh": "等待货主充值", "en": "waiting for the consignor's deposit"},
    "limit": {"zh": "超出付款限额，待核", "en": "above the payment limit, being checked"},
    "guard": {"zh": "磅单核验中", "en": "the tickets are being checked"},
    "payout_altered": {"zh": "付款核验中", "en": "the payment is being checked"},
    "breaker": {"zh": "银行通道暂停", "en": "the bank channel is paused"},
    "rail_paused": {"zh": "银行通道暂停", "en": "the bank channel is paused"},
}

_TEXTS: Final[dict[Occasion, dict[Language, str]]] = {
    Occasion.WAITING: {
        "zh": "【抬杆】{plate} 运费{amount}元已结算，{why}，到账后另行通知。磅单：{url}",
        "en": "Taigan: {plate} freight of CNY {amount} is settled; {why}. Receipt: {url}",
    },
    Occasion.PAID: {
        "zh": "【抬杆】{plate} 运费{amount}元已付款，请查收。磅单：{url}",
        "en": "Taigan: {plate} freight of CNY {amount} is paid. Receipt: {url}",
    },
    Occasion.NOTHING_DUE: {
        "zh": "【抬杆】{plate} {after}应付运费为0元。磅单：{url}",
        "en": "Taigan: {plate} no freight is due{after}. Receipt: {url}",
    },
    Occasion.FAILED: {
        "zh": "【抬杆】{plate} 运费{amount}元被银行拒付，款项仍为您保留，请联系货场。磅单：{url}",
        "en": "Taigan: {plate} the bank refused CNY {amount}; it is still owed to you, "
        "please contact the yard. Receipt: {url}",
    },
    Occasion.RETURNED: {
        "zh": "【抬杆】{plate} 运费{amount}元被收款行退回，款项仍为您保留，请联系货场。磅单：{url}",
        "en": "Taigan: {plate} your bank sent CNY {amount} back; it is still owed to you, "
        "please contact the yard. Receipt: {url}",
    },
}

_AND: Final[dict[Language, str]] = {"zh": "、", "en": " and "}
_AFTER: Final[dict[Language, str]] = {"zh": "扣除{names}后", "en": " after {names}"}


def occasion(state: SettlementState) -> Occasion | None:
    """Return the occasion for a message to the driver, or None."""
    found = _OCCASIONS.get(state.payout.state)
    if found is Occasion.PAID and state.payout.amount_minor == 0:
        return Occasion.NOTHING_DUE
    return found


def driver_text(
    state: SettlementState, about: Occasion, language: Language, *, plate: str, url: str
) -> str:
    """Return the message for an occasion, with the signed link to the receipt."""
    return _TEXTS[about][language].format(
        plate=plate,
        amount=yuan(state.payout.amount_minor),
        url=url,
        why=_waiting_for(state, language),
        after=_after_deductions(state, language),
    )


_ACCOUNT_CHANGES: Final[dict[Language, str]] = {
    "zh": "【抬杆】您的运费收款账户将于{at}变更为{account}。如非本人办理，请立即联系货场。",
    "en": "Taigan: from {at} your freight goes to {account}. If you did not ask for this, "
    "call the yard now.",
}
_TO_ACCOUNT: Final[dict[Language, str]] = {"zh": "尾号{last}", "en": "the account ending in {last}"}
_NOWHERE: Final[dict[Language, str]] = {"zh": "无（停止付款）", "en": "no account at all"}


def account_changes(language: Language, account: str | None, at: datetime) -> str:
    """Return the message to the phone of before; an account is named by its last 4 characters."""
    shown = _NOWHERE[language] if account is None else _TO_ACCOUNT[language]
    return _ACCOUNT_CHANGES[language].format(
        at=f"{at:%Y-%m-%d %H:%M} UTC", account=shown.format(last=(account or "")[-4:])
    )


def yuan(amount_minor: int) -> str:
    """Return fen as yuan with two decimals, e.g. 360.00."""
    whole, fen = divmod(abs(amount_minor), 100)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{fen:02d}"


def _waiting_for(state: SettlementState, language: Language) -> str:
    reason = state.payout.reason or ""
    return _WAITING_FOR.get(reason, {"zh": "处理中", "en": "in progress"})[language]


def _after_deductions(state: SettlementState, language: Language) -> str:
    """Name what was deducted; nothing if there was nothing."""
    lines = [line.kind for line in state.price.lines if line.kind.sign < 0]
    if not lines:
        return ""
    names = _AND[language].join(kind.mention[language] for kind in lines)
    return _AFTER[language].format(names=names)
