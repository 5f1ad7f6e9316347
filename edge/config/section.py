"""What every section of the settings is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh", "en"]
Port = Annotated[int, Field(ge=1, le=65535)]
Source = Annotated[str, Field(min_length=1, max_length=200)]
"""A path, `serial:///dev/…?baudrate=9600`, `socket://host:port` or `mqtt://<device>`."""

Options = dict[str, str | int | bool]
"""Options of a protocol, by name."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
