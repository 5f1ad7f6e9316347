"""Kinds of field that master data is made of, each normalised or refused when it is read."""

import base64
import binascii
import re
import unicodedata
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

_PLATE: Final = re.compile(r"[\u4e00-\u9fffA-Z0-9]{4,12}")
_SEPARATORS: Final = re.compile(r"[\s·•・.\-]")
_GAPS: Final = re.compile(r"[\s\-]")
_BLANKS: Final = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
"""That forms and spreadsheets put between characters."""


def normal_plate(text: str) -> str:
    """Return a plate as it is compared: NFKC, upper case, no separators.

    Cyrillic or Greek letters that only look Latin are refused: a plate must not exist twice.
    """
    plate = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _PLATE.fullmatch(plate):
        raise ValueError("a plate has 4 to 12 Chinese characters, Latin letters or digits")
    return plate


def _upper(value: object) -> object:
    return unicodedata.normalize("NFKC", value).strip().upper() if isinstance(value, str) else value


def _clean(value: object) -> object:
    """Return a text as it is compared: NFC, every blank an ordinary one."""
    if not isinstance(value, str):
        return value
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", value)).strip()


def _compact(value: object) -> object:
    """Return a number as it is compared: NFKC, without what only makes it easier to read."""
    return _GAPS.sub("", unicodedata.normalize("NFKC", value)) if isinstance(value, str) else value


def _ed25519(text: str) -> str:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueError("an Ed25519 public key is 32 raw bytes in base64") from error
    return text


def _printable(text: str) -> str:
    wrong = next((char for char in text if not char.isprintable()), None)
    if wrong is not None:
        raise ValueError(f"the character U+{ord(wrong):04X} cannot be printed")
    return text


Text64 = Annotated[
    str,
    BeforeValidator(_clean),
    StringConstraints(min_length=1, max_length=64),
    AfterValidator(_printable),
]
Text400 = Annotated[
    str,
    BeforeValidator(_clean),
    StringConstraints(min_length=1, max_length=400),
    AfterValidator(_printable),
]
PlaceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")]
RowId = Annotated[str, StringConstraints(min_length=1, max_length=36)]
ContractId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Plate = Annotated[str, StringConstraints(max_length=32), AfterValidator(normal_plate)]
Tag = Annotated[str, BeforeValidator(_upper), StringConstraints(pattern=r"^[0-9A-F]{4,64}$")]
Phone = Annotated[str, BeforeValidator(_compact), StringConstraints(pattern=r"^\+?[0-9]{5,15}$")]
AccountNo = Annotated[
    str, BeforeValidator(_compact), StringConstraints(pattern=r"^[0-9A-Za-z]{4,34}$")
]
BankCode = Annotated[
    str, BeforeValidator(_compact), StringConstraints(pattern=r"^[0-9A-Za-z]{4,14}$")
]
PublicKey = Annotated[str, StringConstraints(max_length=44), AfterValidator(_ed25519)]
WholeKg = Annotated[int, Field(strict=True, gt=0, le=1_000_000)]
Axles = Annotated[int, Field(strict=True, ge=2, le=12)]
