"""Patterns for lines of text that a person wrote down: checked, and never slow.

A regular expression can take very long on a short line: every repeat gives back what it took, byte
by byte, and another one that can take the same bytes tries again. Here groups must not be repeated,
and the ways to share a line out among the repeats are counted (`*+` and `++` give nothing back).
"""

import re
from dataclasses import dataclass
from itertools import chain, pairwise
from math import comb, prod
from typing import Final, NamedTuple, Self

GROUPS: Final = ("weight", "sign", "unit", "stable", "mode", "overload", "underload", "tare")
LINE_BYTES_MAX: Final = 80
WAYS_MAX: Final = 1_500_000
"""A line that tries all of them costs some tenths of a second, and comes from damage only."""

_TOKEN: Final = re.compile(
    r"\\x[0-9a-fA-F]{2}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?|\{[0-9]+\}"
    r"|(?P<group>\)(?:[*+]|\{[0-9,]+\}))"
    r"|(?P<repeat>(?:[*+]|\{[0-9]*,[0-9]*\})[+?]?)"
    r"|(?P<optional>\?[+?]?)|.",
    re.DOTALL,
)
_FIELD: Final = re.compile(r"\{([a-z/]+)(?::([0-9]{1,2}))?\}")
_NUMBERS: Final = {"weight", "tare"}
NUMBER_BYTES: Final = rb"[ +\-0-9.,]"


@dataclass(frozen=True, slots=True)
class TemplatePiece:
    """A stretch of a template: fixed text, or a field that holds facts."""

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
    try:
        found = re.compile(pattern.encode("latin-1"))
        _refuse_slow(list(_TOKEN.finditer(pattern)))
    except (re.error, UnicodeError) as error:
        raise ValueError(f"option 'pattern': {error}") from error
    _check_names("pattern", list(found.groupindex))
    return found


def parts_of(template: str) -> tuple[TemplatePiece, ...]:
    """Take the option `template` apart; ValueError says what is wrong with it."""
    parts, at = [], 0
    for match in _FIELD.finditer(template):
        if match[2] is None:
            raise ValueError(f"option 'template': {match[0]} needs a width, such as {{weight:7}}")
        parts.append(TemplatePiece(plain(template[at : match.start()], "template")))
        parts.append(TemplatePiece(b"", tuple(match[1].split("/")), int(match[2])))
        at = match.end()
    parts.append(TemplatePiece(plain(template[at:], "template")))
    _check_names("template", [n for part in parts for n in part.names if n != "skip"])
    return tuple(parts)


def pattern_of(
    parts: tuple[TemplatePiece, ...], *, numbers: bytes = NUMBER_BYTES
) -> re.Pattern[bytes]:
    """Compile a template; `numbers` is the pattern of one byte of a number."""
    return re.compile(b"".join(_piece(part, numbers) for part in parts), re.DOTALL)


def bytes_of(parts: tuple[TemplatePiece, ...]) -> int:
    """Return how long a frame of this template is."""
    return sum(len(part.text) + part.width for part in parts)


def _piece(part: TemplatePiece, numbers: bytes) -> bytes:
    if not part.names:
        return re.escape(part.text)
    *looked_at, last = part.names
    kind = numbers if last in _NUMBERS else rb"."
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


def _refuse_slow(tokens: list[re.Match[str]]) -> None:
    repeated = next((match[0] for match in tokens if match["group"]), None)
    if repeated:
        raise ValueError(f"option 'pattern': a group must not be repeated ({repeated!r})")
    ways = _ways(tokens)
    if ways > WAYS_MAX:
        raise ValueError(
            f"option 'pattern': its repeats could share a line out in {ways:,} ways, at most"
            f" {WAYS_MAX:,}; add + behind one that need not give anything back"
        )


def _ways(tokens: list[re.Match[str]]) -> int:
    """Return in how many ways the longest line can be shared out among what may give back.

    A byte can only go where it is taken: repeats without a byte in common do not compete.
    """
    giving = [pair for pair in pairwise(tokens) if _gives_back(pair[1])]
    groups = sum(before[0] == ")" for before, _ in giving)
    rivals = _rivals([_Repeat.of(*pair) for pair in giving if pair[0][0] != ")"])
    many = [sum(not one.is_single for one in group) for group in rivals]
    optional = sum(map(len, rivals)) - sum(many) + groups
    borders = [count - 1 for count in many if count > 1]
    share = LINE_BYTES_MAX // max(1, len(borders))
    return prod(comb(share + count, count) for count in borders) << optional


def _gives_back(token: re.Match[str]) -> bool:
    return bool(token["repeat"] or token["optional"]) and not token[0][1:].endswith("+")


class _Repeat(NamedTuple):
    """Something of a pattern that may take more or less of a line."""

    taken: frozenset[int]
    """The bytes that it takes, or more of them."""
    is_single: bool
    """One byte at most."""

    @classmethod
    def of(cls, atom: re.Match[str], repeat: re.Match[str]) -> Self:
        one = re.compile(atom[0].encode("latin-1"), re.DOTALL | re.IGNORECASE)
        taken = frozenset(byte for byte in range(256) if one.fullmatch(bytes([byte])))
        return cls(taken, repeat["optional"] is not None)


def _rivals(repeats: list[_Repeat]) -> list[list[_Repeat]]:
    """Return the repeats in groups that have no byte in common, those without a rival left out."""
    groups: list[list[_Repeat]] = []
    for repeat in repeats:
        touched = [group for group in groups if any(repeat.taken & one.taken for one in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([repeat, *chain.from_iterable(touched)])
    return [group for group in groups if len(group) > 1]
