"""One example of each rail, typed by hand from its bank's description, for the laws of all rails.

The request of each is recorded in `tests/wire/settlement/rail_<name>.txt`: the payout of
`ticket_to_settle.v1.json`, 574,800 fen. Nothing here may be computed by the rail's own code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from settlement.config import Settings
from settlement.messages import TicketToSettle
from settlement.payouts import identity
from settlement.payouts.rails import RAILS

WIRE: Final = Path(__file__).parents[2] / "wire" / "settlement"
RECORDED_MINOR: Final = 574_800
CALLBACK_SECRET: Final = "whsec_" + "YmFuay1iYW5rLWJhbmstYmFuaw=="

Change = tuple[str, str]
"""What to replace in the recorded request, and with what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RailExample:
    section: str
    """The name of its section in the settings."""
    fields: Callable[[str], Mapping[str, Any]]
    """(URL of its bank) → what the section needs besides the times."""
    doubled: Change
    """Names a field a second time, with another value."""
    added: Change
    """Adds a field that the description does not know."""
    retyped: Change
    """Writes the amount as another type or in another form, with the same value."""
    by_status: frozenset[int] = frozenset()
    """Statuses that prove something without a body."""


EXAMPLES: Final[dict[str, RailExample]] = {
    "sandbox": RailExample(
        section="bank",
        fields=lambda url: {"base_url": url, "callback_secret": CALLBACK_SECRET},
        doubled=('"currency":"CNY"', '"currency":"CNY","currency":"USD"'),
        added=('"reference":', '"urgent":true,"reference":'),
        retyped=('"amount_minor":574800', '"amount_minor":574800.0'),
        by_status=frozenset({404, 409}),
    ),
}

_ALWAYS: Final[Mapping[str, Any]] = {
    "database": {"url": "sqlite:///:memory:"},
    "api": {"token": "t" * 32},
    "bank": EXAMPLES["sandbox"].fields("http://127.0.0.1:9"),
}


def settings_with(name: str, url: str, **times: float) -> Settings:
    """Return settings with the section of a rail, whose bank is at `url`."""
    example = EXAMPLES[name]
    section = {**example.fields(url), **times}
    return Settings.model_validate({**_ALWAYS, example.section: section})


def settings_without(name: str) -> Settings:
    """Return settings without the section of a rail."""
    section = EXAMPLES[name].section
    return Settings.model_validate({key: _ALWAYS[key] for key in _ALWAYS if key != section})


def recorded_ticket() -> TicketToSettle:
    return TicketToSettle.model_validate_json((WIRE / "ticket_to_settle.v1.json").read_text())


def recorded_number(name: str) -> str:
    """Return the payment number of the recorded ticket's payout by a rail."""
    payout = identity.payout_id(identity.settlement_id(recorded_ticket().ticket_id))
    return identity.provider_no(payout, 1, RAILS[name].number_length)


def recorded_request(name: str) -> str:
    """Return what somebody typed from the bank's description."""
    file = WIRE / f"rail_{name}.txt"
    if not file.exists():
        raise AssertionError(
            f"type the request for the number {recorded_number(name)} and 5,748.00 yuan "
            f"from the bank's description into {file}"
        )
    return file.read_text().strip()
