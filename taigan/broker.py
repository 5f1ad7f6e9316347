"""Settings of the way to an MQTT broker, as each program that speaks MQTT has them."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from taigan.hosts import Host, Port
from taigan.secret import Secret
from taigan.settings import Section


class TlsSettings(Section):
    ca: Path
    cert: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _cert_and_key_together(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key come together")
        return self


class BrokerSettings(Section):
    host: Host
    port: Port = 1883
    username: str | None = None
    password: Secret | None = None
    tls: TlsSettings | None = None

    @model_validator(mode="after")
    def _password_has_its_user(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("password without username")
        return self
