"""The way to the gateway, and what the lane may decide without it."""

from pathlib import Path
from typing import Self

from pydantic import SecretStr, model_validator

from edge.config.section import Port, Section
from edge.hosts import Host


class TlsSettings(Section):
    ca: Path
    cert: Path | None = None
    key: Path | None = None


class MqttSettings(Section):
    host: Host
    port: Port = 1883
    username: str | None = None
    password: SecretStr | None = None
    tls: TlsSettings | None = None

    @model_validator(mode="after")
    def _password_has_its_user(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("password without username")
        return self


class OfflineSettings(Section):
    allowed: bool = True
    """Whether the lane may decide from the gateway's signed order list when it is out of reach."""
