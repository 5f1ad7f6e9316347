"""What a whole simulated system is made of."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class ExternalBroker:
    """An MQTT broker that somebody else runs."""

    port: int
    host: str = "127.0.0.1"
    username: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """Everything has a default that needs no server: SQLite and the embedded broker."""

    directory: Path
    """Settings, keys, journals, databases and logs of all programs; made if it is not there."""
    speed: float = 10.0
    """How much faster than in life trucks drive; the lane's own rules keep their time."""
    seed: int = 1
    console_port: int | None = None
    """Port of the gateway; None takes a free one."""
    gateway_database: str | None = None
    settlement_database: str | None = None
    """SQLAlchemy URLs; None means a SQLite file in the directory."""
    broker: ExternalBroker | None = None
    """None means the gateway's embedded broker."""
    bank_faults: str = ""
    """As `taigan-sim bank --faults`."""
    language: Literal["zh", "en"] = "zh"
    overrides: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    """Settings laid over the written ones: {"settlement": {"bank": {"quarantine_s": 3}}}."""
