"""What all forms are made of: a frozen model, names, weights and durations."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
"""A yard, lane or device: fits a topic level, a file name and a client id of every broker."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

KG_MAX: Final = 1_000_000
Kg = Annotated[int, Field(ge=-KG_MAX, le=KG_MAX)]
Milliseconds = Annotated[int, Field(ge=0)]


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
