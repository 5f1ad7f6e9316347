"""Plate cameras, and where their pictures are kept."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from edge.config.values import Options
from edge.messages import Name
from taigan.hosts import check_host
from taigan.secret import Secret
from taigan.settings import Section

Side = Literal["entry", "exit"]

CameraProtocol = Literal["hikvision-push", "hikvision-stream", "dahua-snap", "dahua-events"]


class CameraSettings(Section):
    """A plate camera: one that pushes its events here, or one that is asked for them."""

    name: Name
    protocol: CameraProtocol
    side: Side = "entry"
    """`entry` sees the truck before it drives on, `exit` sees it on the deck."""
    source: str | None = Field(default=None, pattern=r"^http://[^\s/@?#]+/?$")
    """Address of a camera that is asked, without a path."""
    listen: str | None = Field(default=None, pattern=r"^[^\s/]+:[0-9]{1,5}$")
    """Address and port of the box for pushes; the camera's URL ends in `/<name>/<secret>`."""
    secret: Secret | None = Field(default=None, min_length=16, max_length=100)
    silent_s: int | None = Field(default=None, ge=10, le=604_800)
    """After this silence a camera that pushes is lost; by default it may be silent."""
    user: str | None = None
    password: Secret | None = None
    options: Options = Field(default={})

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> Self:
        pushes = self.protocol.endswith("-push")
        if (self.listen is None) is pushes or (self.source is None) is not pushes:
            raise ValueError(f"{self.protocol} needs {'listen' if pushes else 'source'} alone")
        address = urlsplit(self.source or f"//{self.listen}")
        if address.port == 0:  # ValueError above 65535
            raise ValueError("port 0 is no port")
        check_host(address.hostname or "")
        if (self.user is None) is not (self.password is None):
            raise ValueError("user and password come together")
        for name in ("secret", "silent_s"):
            if getattr(self, name) is not None and not pushes:
                raise ValueError(f"{name} is for a camera that pushes")
        if pushes and self.secret is None and self.user is None:
            raise ValueError("a push needs a secret, or user and password")
        return self


class PictureSettings(Section):
    """Where the cameras' pictures are kept; the oldest go first."""

    directory: Path
    mb_max: int = Field(default=2_000, ge=1)
    days_max: int = Field(default=90, ge=1, le=36_500)
    free_mb_min: int = Field(default=256, ge=0)
    """Below this much free disk no picture is kept: the journal needs what is left."""
