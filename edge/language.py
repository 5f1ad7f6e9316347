"""The languages in which drivers read and hear texts, on the box and in messages."""

from typing import Literal

Language = Literal["zh", "en"]
