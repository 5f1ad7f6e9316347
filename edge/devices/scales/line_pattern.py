"""Patterns for lines of text that a person wrote down: checked, and never slow.

A regular expression can take for ever on a short line if it repeats what repeats. Here groups must
not be repeated, and few repeats may give back what they took (`*+` and `++` never do).
"""

import re
from dataclasses import dataclass
from typing import Final

GROUPS: Final = ("weight", "sign", "unit", "stable", "mode", "overload", "underload", "tare")
REPEATS_MAX: Final = 4
OPTIONALS_MAX: Final = 10

_TOKEN: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?|\{[0-9]+\}"
    r"|(?P<group>\)(?:[*+]|\{[0-9,]+\}))"
    r"|(?P<repeat>(?:[*+]|\{[0-9]*,[0-9]*\})[+?]?)"
    r"|(?P<optional>\?[+?]?)|.",
    re.DOTALL,
)
_FIELD: Final = re.compile(r"\{([a-z/]+)(?::([0-9]{1,2}))?\}")
_NUMBERS: Final = {"weight", "tare"}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a template: text as it stands, or a field that stands for facts."""

    text: bytes
    names: tuple[str, ...] = ()
    width: int = 0


def plain(text: str, option: str) -> bytes:
    r"""Return the bytes of an option; escapes such as `\x02` are understood."""
    try:
        return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
    except UnicodeError as error:
        raise ValueError(f"option {option!r}: {error}") from error


def compiled(pattern: str) -> re.Pattern[bytes]:
    """Compile the option `pattern`; ValueError says what is wrong with it."""
    _refuse_slow(pattern)
    try:
        found = re.compile(pattern.encode("latin-1"))
    except (re.error, UnicodeError) as error:
        raise ValueError(f"option 'pattern': {error}") from error
    _check_names("pattern", list(found.groupindex))
    return found


def parts_of(template: str) -> tuple[Part, ...]:
    """Take the option `template` apart; ValueError says what is wrong with it."""
    parts, at = [], 0
    for match in _FIELD.finditer(template):
        if match[2] is None:
            raise ValueError(f"option 'template': {match[0]} needs a width, such as {{weight:7}}")
        parts.append(Part(plain(template[at : match.start()], "template")))
        parts.append(Part(b"", tuple(match[1].split("/")), int(match[2])))
        at = match.end()
    parts.append(Part(plain(template[at:], "template")))
    _check_names("template", [n for part in parts for n in part.names if n != "skip"])
    return tuple(parts)


def pattern_of(parts: tuple[Part, ...]) -> re.Pattern[bytes]:
    """Compile a template."""
    return re.compile(b"".join(map(_piece, parts)), re.DOTALL)


def _piece(part: Part) -> bytes:
    if not part.names:
        return re.escape(part.text)
    *looked_at, last = part.names
    kind = rb"[ +\-0-9.,]" if last in _NUMBERS else rb"."
    ahead = b"".join(b"(?=(?P<%b>.{%d}))" % (n.encode(), part.width) for n in looked_at)
    name = b"" if last == "skip" else b"?P<%b>" % last.encode()
    return ahead + b"(%b%b{%d})" % (name, kind, part.width)


def _check_names(option: str, names: list[str]) -> None:
    unknown = sorted(set(names) - set(GROUPS))
    if unknown:
        raise ValueError(f"option {option!r}: unknown {unknown[0]!r}; known: {', '.join(GROUPS)}")
    if "weight" not in names:
        raise ValueError(f"option {option!r}: nothing in it is named 'weight'")
    if len(set(names)) < len(names):
        raise ValueError(f"option {option!r}: a name stands in it twice")


def _refuse_slow(pattern: str) -> None:
    tokens = list(_TOKEN.finditer(pattern))
    repeated = next((match[0] for match in tokens if match["group"]), None)
    if repeated:
        raise ValueError(f"option 'pattern': a group must not be repeated ({repeated!r})")
    for kind, most in (("repeat", REPEATS_MAX), ("optional", OPTIONALS_MAX)):
        giving = [match[0] for match in tokens if match[kind] and not match[0][1:].endswith("+")]
        if len(giving) > most:
            raise ValueError(
                f"option 'pattern': {len(giving)} times {giving[0]!r} and the like, at most {most};"
                " add + behind it where it need not give anything back"
            )
