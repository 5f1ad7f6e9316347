"""What people read about each kind of alarm, in every language: `locales`, one line per kind."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from gateway.texts import Language

_LOCALES: Final = Path(__file__).parent / "locales"


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """A kind in one language."""

    title: str
    meaning: str
    todo: str
    closes: str
    """When it closes by itself; empty if only a person closes it."""


@cache
def alarm_words(language: Language) -> Mapping[str, AlarmWords]:
    """Return the words of every kind."""
    texts = json.loads((_LOCALES / f"{language}.json").read_text("utf-8"))
    return {kind: AlarmWords(**words) for kind, words in texts.items()}
