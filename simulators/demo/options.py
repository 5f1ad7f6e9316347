"""What a whole simulated system is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulators.lane import Equipment
from simulators.ports import HeldPort


@dataclass(frozen=True, slots=True)
class ExternalBroker:
    """An MQTT broker that somebody else runs, with the users of deploy/mosquitto/acl.

    The gateway is `gateway`, each lane is `<yard>/<lane>`; they share one password here.
    """

    port: int
    host: str = "127.0.0.1"
    password: str | None = None
    """None: the broker asks for no login."""


@dataclass(frozen=True, slots=True)
class Options:
    """Everything has a default that needs no server: SQLite and the embedded broker."""

    directory: Path
    """Settings, keys, journals, databases and logs of all programs; made if it is not there."""
    speed: float = 20.0
    """How much faster than in life trucks drive; the lane's own rules keep their time."""
    haul_speed: float | None = None
    """How much faster than in life they load, drive the road and unload; None: as `speed`."""
    seed: int = 1
    console_port: HeldPort | None = None
    """Port of the gateway; None takes a free one."""
    gateway_database: str | None = None
    settlement_database: str | None = None
    """SQLAlchemy URLs; None means a SQLite file in the directory."""
    broker: ExternalBroker | None = None
    """None means the gateway's embedded broker."""
    bank_faults: str = ""
    """As `taigan-sim bank --faults`."""
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    """Devices of the lanes that it names; the others have their usual ones."""
    language: Literal["zh", "en"] = "zh"
    overrides: Mapping[str, Mapping[str, Mapping[str, object]]] = field(default_factory=dict)
    """Settings laid over the written ones: {"settlement": {"bank": {"quarantine_s": 3}}}."""
