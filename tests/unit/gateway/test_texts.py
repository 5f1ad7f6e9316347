"""Every reason can be said, in both languages, on a display of one line."""

import pytest

from edge.messages import Action
from gateway.texts import ACTIONS, REASONS, Text, reason_text, say
from gateway.tickets.reasons import OVERRIDABLE, Reason


def test_every_reason_has_its_words() -> None:
    assert set(Reason) <= set(REASONS)
    assert set(ACTIONS) == set(Action)
    assert set(Reason) > OVERRIDABLE


@pytest.mark.parametrize("text", [*REASONS.values(), *ACTIONS.values()])
def test_every_text_is_short_and_in_both_languages(text: Text) -> None:
    assert set(text) == {"zh", "en"}
    assert 0 < len(text["zh"]) <= 12
    assert 0 < len(text["en"]) <= 32
    assert text["en"].isascii()


def test_an_unknown_reason_is_said_as_it_came() -> None:
    assert reason_text("flat_tyre") == {"zh": "flat_tyre", "en": "flat tyre"}


@pytest.mark.parametrize(
    ("action", "reason", "expected"),
    [
        (Action.ADMIT, None, "Drive on"),
        (Action.RELEASE, "dispatcher", "Drive off"),
        (Action.REFUSE, "no_order", "No order for this truck"),
        (Action.HOLD, None, "Please wait"),
    ],
)
def test_a_lane_says_what_to_do_or_why_not(
    action: Action, reason: str | None, expected: str
) -> None:
    assert say(action, reason)["en"] == expected
