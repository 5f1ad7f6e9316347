"""Which language a page is in, and its texts: two JSON catalogues with the same keys."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.records.alarm_kinds import LANE_FAULTS
from gateway.records.alarm_words import alarm_words
from gateway.texts import LANGUAGES, REASONS, Language

COOKIE: Final = "taigan_lang"
_COOKIE_AGE_S: Final = 365 * 86_400
_LOCALES: Final = Path(__file__).parent / "locales"
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def preferred(accept_language: str) -> Language:
    """Return the first language of an Accept-Language header that we speak; Chinese otherwise."""
    ranges = [part.partition(";") for part in accept_language.lower().split(",")]
    weighed = [(_weight(rest), tag.strip()[:2]) for tag, _, rest in ranges]
    for _, language in sorted(weighed, key=lambda pair: -pair[0]):
        if language in LANGUAGES:
            return language
    return "zh"


def _weight(parameter: str) -> float:
    matched = re.fullmatch(r"\s*q=(\d(?:\.\d{1,3})?)\s*", parameter)
    return float(matched[1]) if matched else 1.0


def chosen(query: str | None, cookie: str | None, accept_language: str) -> Language:
    """Return the language asked for in the address, else the remembered, else the browser's."""
    for choice in (query, cookie):
        if choice in LANGUAGES:
            return choice
    return preferred(accept_language)


def language_of(request: Request) -> Language:
    """Return the language in which to answer `request`."""
    return chosen(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        request.headers.get("accept-language", ""),
    )


def remember(request: Request, response: Response) -> None:
    """Keep a language that was chosen in the address."""
    language = request.query_params.get("lang")
    if language in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=_COOKIE_AGE_S, samesite="lax")


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Return the texts of the pages, of every alarm, and of every reason to turn a truck away."""
    texts: dict[str, str] = json.loads((_LOCALES / f"{language}.json").read_text("utf-8"))
    reasons = {f"reason.{slug}": text[language] for slug, text in REASONS.items()}
    return reasons | _of_alarms(language) | _of_faults(language) | texts


def _of_alarms(language: Language) -> dict[str, str]:
    """Return title, meaning and what to do of every kind of alarm."""
    words = alarm_words(language).items()
    return {
        f"{prefix}.{kind}": text
        for kind, known in words
        for prefix, text in (
            ("alarm", known.title),
            ("alarm_meaning", known.meaning),
            ("alarm_todo", known.todo),
        )
    }


def _of_faults(language: Language) -> dict[str, str]:
    """Return what to do about each fault that a lane reports of a device."""
    todo: Mapping[str, str] = LANE_FAULTS
    if language == "zh":
        todo = json.loads((_LOCALES / "faults.zh.json").read_text("utf-8"))
    return {f"fault_todo.{fault}": text.replace("`", "") for fault, text in todo.items()}


class Texts:
    """The texts of one language, called by key; a missing key is a defect and raises."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of `key` with `{name}` replaced by each value."""
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), self._texts[key])

    def has(self, key: str) -> bool:
        return key in self._texts
