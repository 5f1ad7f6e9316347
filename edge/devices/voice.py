"""What the loudspeaker says: texts, weights and plates as voice units, and units as one sound.

A unit is a short recording with a name and the text that it says. A text that is made of known
units, numbers and plates is spoken; any other is answered with "please read the display", because
half a sentence can say the opposite.
"""

import io
import re
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from edge.devices.numbers_aloud import chinese, english

ATTENTION: Final = "look_at_display"
PAUSE: Final = ""
"""Between two phrases."""

PAUSE_S: Final = 0.25
TONNE_KG: Final = 1_000

_NUMBER: Final = r"(?P<number>\d{1,6}(?:\.\d{1,3})?)(?!\d)"
_PLATE: Final = r"(?P<plate>[\u4e00-\u9fff][A-Z][A-Z0-9]{4,6}[\u4e00-\u9fff]?)(?![A-Z0-9])"
_BETWEEN: Final = r"(?P<between>[\s,.;:!?\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]+)"

_SINGULAR: Final = {"tonnes": "tonne", "kilograms": "kilogram"}


class BadUnits(ValueError):
    """Recordings that cannot be played one after the other, or a list of them with a mistake."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text in each language, and the weight that goes before it, if any."""

    texts: Mapping[Literal["zh", "en"], str]
    weight_kg: int | None = None


class VoiceBook:
    """Which units one language has."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """`texts` is the text of each unit by its name; BadUnits if an important one is missing."""
        if ATTENTION not in texts:
            raise BadUnits(f"{language}: no unit {ATTENTION!r}")
        self._chinese = language == "zh"
        self._names = {text.casefold(): name for name, text in texts.items()}
        phrases = sorted((re.escape(t) for t in texts.values() if len(t) > 1), key=len)
        known = "|".join(reversed(phrases))
        self._token = re.compile(
            rf"{_PLATE}|(?P<phrase>(?<![A-Za-z])(?:{known})(?![A-Za-z]))|{_NUMBER}|{_BETWEEN}",
            re.IGNORECASE,
        )

    def sentence(self, text: str) -> tuple[str, ...]:
        """Return the units of a text; for unknown words, those that ask to read the display."""
        names: list[str] = []
        at = 0
        while at < len(text):
            match = self._token.match(text, at)
            found = self._units(match) if match else None
            if match is None or found is None:
                return (ATTENTION,)
            names += found
            at = match.end()
        return tuple(names)

    def announcement(self, text: str, weight_kg: int | None) -> tuple[str, ...]:
        """Return a text's units, after those of the weight."""
        sentence = self.sentence(text)
        return sentence if weight_kg is None else (*self.weight(weight_kg), PAUSE, *sentence)

    def weight(self, weight_kg: int) -> tuple[str, ...]:
        """Return a weight: in tonnes, below one tonne in kilograms."""
        if abs(weight_kg) < TONNE_KG:
            number, measure = Decimal(weight_kg), "kilograms"
        else:
            number, measure = Decimal(weight_kg) / TONNE_KG, "tonnes"
        if self._chinese:
            return ("weight", *chinese(number, counts=True), measure)
        return ("weight", *english(number), _SINGULAR[measure] if number == 1 else measure)

    def plate(self, plate: str) -> tuple[str, ...] | None:
        """Return a plate, one character at a time; None if one of them was never recorded."""
        names = [
            char if char.isascii() and char.isdigit() else self._letter(char) for char in plate
        ]
        return None if None in names else tuple(name for name in names if name)

    def _letter(self, char: str) -> str | None:
        return self._names.get(char.casefold())

    def _units(self, match: "re.Match[str]") -> Sequence[str] | None:
        if match["phrase"]:
            return [self._names[match["phrase"].casefold()]]
        if match["between"]:
            return [PAUSE]
        if match["plate"]:
            return self.plate(match["plate"].upper())
        number = Decimal(match["number"])
        return chinese(number) if self._chinese else english(number)


def read_units(table: str) -> dict[str, str]:
    """Read `units.tsv`: name -> text; BadUnits names the line that cannot be read."""
    texts: dict[str, str] = {}
    for number, line in enumerate(table.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        name, _, text = line.partition("\t")
        text = text.partition("\t")[0]
        if not text or name in texts:
            raise BadUnits(f"line {number}: expected a new name, a tab and a text, got {line!r}")
        texts[name] = text
    return texts


def joined(sounds: Sequence[bytes]) -> bytes:
    """Return WAV files as one, an empty one as a pause; BadUnits if their formats differ."""
    recorded = [_recording(sound) if sound else None for sound in sounds]
    formats = {one[0] for one in recorded if one}
    if len(formats) != 1:
        raise BadUnits(f"recordings of {len(formats)} formats cannot be joined")
    channels, width, rate = formats.pop()
    silence = (b"\x80" if width == 1 else bytes(width)) * channels * round(PAUSE_S * rate)
    with io.BytesIO() as out:
        with wave.open(out, "wb") as whole:
            whole.setnchannels(channels)
            whole.setsampwidth(width)
            whole.setframerate(rate)
            whole.writeframes(b"".join(one[1] if one else silence for one in recorded))
        return out.getvalue()


def seconds(sound: bytes) -> float:
    """Return how long a WAV file plays."""
    (channels, width, rate), frames = _recording(sound)
    return len(frames) / (channels * width * rate)


def _recording(sound: bytes) -> tuple[tuple[int, int, int], bytes]:
    """Return (channels, bytes per sample, samples per second) and the samples."""
    try:
        with wave.open(io.BytesIO(sound)) as file:
            form = file.getnchannels(), file.getsampwidth(), file.getframerate()
            return form, file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise BadUnits(f"not a WAV file: {error}") from error
