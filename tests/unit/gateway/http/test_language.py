"""The two catalogues, and which one a page gets."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from edge.config import OWN_DEVICES
from edge.lane.effects import Barrier
from edge.lane.state import State
from edge.lane.texts import REASON_TEXTS
from edge.messages import Action
from gateway.auth.roles import Role
from gateway.console.language import Texts, catalogue, chosen, preferred
from gateway.records.alarm_kinds import LANE_FAULTS, Severity
from gateway.texts import LANGUAGES, Language
from gateway.tickets.dispatch import ASSIGNED, BOOK
from gateway.tickets.matching import OrderStatus
from gateway.tickets.reasons import Reason
from settlement.messages import PayoutState, WeightBasis
from taigan.problem import Kind

CONSOLE = Path(__file__).parents[4] / "gateway" / "console"
RECEIPT = CONSOLE.parent / "receipt"
NAMED = re.compile(r"""\b(?:t|tOr|text)\(\s*[f]?["'`]([a-z_.]+)""")


def sources() -> str:
    files = [*CONSOLE.rglob("*.html"), *CONSOLE.rglob("*.js"), *RECEIPT.rglob("*.html")]
    return "\n".join(path.read_text() for path in [*files, *RECEIPT.glob("*.py")])


def own_keys(language: Language) -> dict[str, str]:
    texts: dict[str, str] = json.loads((CONSOLE / "locales" / f"{language}.json").read_text())
    return texts


def test_both_languages_have_the_same_keys_and_no_empty_text() -> None:
    assert own_keys("zh").keys() == own_keys("en").keys()
    assert all(text.strip() for language in LANGUAGES for text in catalogue(language).values())


def test_both_languages_have_the_same_placeholders() -> None:
    slots = re.compile(r"\{\w+\}")
    en = own_keys("en")
    differing = [
        key
        for key, text in own_keys("zh").items()
        if sorted(slots.findall(text)) != sorted(slots.findall(en[key]))
    ]
    assert differing == []


def test_every_key_that_is_named_exists() -> None:
    known = catalogue("en").keys()
    named = set(NAMED.findall(sources()))
    assert len(named) > 50
    missing = [
        key for key in named if key not in known and not any(k.startswith(key) for k in known)
    ]
    assert missing == []


def test_every_key_is_used() -> None:
    text = sources()
    named = NAMED.findall(text)
    prefixes = tuple(name for name in named if name not in catalogue("en"))
    unused = [
        key
        for key in own_keys("en")
        if key not in named and not key.startswith(prefixes) and f'"{key}"' not in text
    ]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_a_value_chooses_is_there(language: Language) -> None:
    wanted = [
        *(f"state.{state}" for state in State),
        *(f"payout.{state}" for state in PayoutState),
        *(f"reason.{reason}" for reason in [*Reason, *REASON_TEXTS]),
        *(f"role.{role}" for role in Role),
        *(f"order.{status}" for status in OrderStatus),
        *(f"receipt.basis.{basis}" for basis in WeightBasis),
        *(f"problem.{kind.slug}" for kind in Kind),
        *(f"decided.{action}" for action in [*Action, BOOK, ASSIGNED]),
        *(f"fault_todo.{fault}" for fault in LANE_FAULTS),
        *(f"severity.{severity}" for severity in Severity),
    ]
    assert [key for key in wanted if key not in catalogue(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_device_that_a_lane_reports_by_itself_has_a_name(language: Language) -> None:
    sides = [f"{side}-{kind}" for side in get_args(Barrier) for kind in ("barrier", "beam")]
    names = [*OWN_DEVICES, "pictures", *sides]
    assert [name for name in names if f"device.{name}" not in catalogue(language)] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("de,en;q=0.7,zh;q=0.9", "zh"),
        ("fr", "zh"),
        ("EN", "en"),
        ("en;q=0,zh", "zh"),
        ("en;q=x", "en"),
    ],
)
def test_the_browsers_first_language_that_we_speak_wins(header: str, language: str) -> None:
    assert preferred(header) == language


def test_the_address_beats_the_cookie_beats_the_browser() -> None:
    assert chosen("en", "zh", "zh") == "en"
    assert chosen(None, "en", "zh") == "en"
    assert chosen("xx", "yy", "en") == "en"


def test_a_text_without_its_value_is_a_defect() -> None:
    text = Texts("en")
    assert text("lane.card", tag="0A1B") == "card 0A1B"
    with pytest.raises(KeyError):
        text("lane.card")
    with pytest.raises(KeyError):
        text("no.such.key")
    assert text.has("app.name")
    assert not text.has("app.nothing")
