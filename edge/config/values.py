"""Kinds of values that several sections of the settings have."""

from typing import Annotated, Literal

from pydantic import Field

Language = Literal["zh", "en"]
Source = Annotated[str, Field(min_length=1, max_length=200)]
"""A path, `serial:///dev/…?baudrate=9600`, `socket://host:port` or `mqtt://<device>`."""

Options = dict[str, str | int | bool]
"""Options of a protocol, by name."""
