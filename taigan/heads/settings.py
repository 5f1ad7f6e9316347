"""The section `heads`, the same in every program that makes them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from taigan.secret import WebhookSecret
from taigan.settings import Section


class HeadSettings(Section):
    """Signed sums of all facts, for somebody who keeps them elsewhere."""

    key_file: Path
    """PKCS#8 PEM of the Ed25519 key that signs heads and nothing else; mode 0600."""
    origin: str = Field(pattern=r"^[^\s+]{1,100}$")
    """The list's name, unique in the world: a domain and a path, by C2SP."""
    every_hours: float = Field(default=24, gt=0, le=24)
    directory: Path | None = None
    """Where heads are written: a folder that another machine keeps, and takes nothing away."""
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Where heads are posted."""
    secret: WebhookSecret | None = None
    """Standard Webhooks secret (`whsec_…`) of `url`."""

    @model_validator(mode="after")
    def _url_is_signed(self) -> Self:
        if (self.url is None) != (self.secret is None):
            raise ValueError("url and secret come together")
        return self
