"""What a production system stands on: PostgreSQL databases and Mosquitto with our configuration."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulators.demo.options import ExternalBroker, Options
from simulators.yard import SITES
from tests.services.mosquitto import private_mosquitto
from tests.services.postgres import fresh_database

PASSWORD = "only-on-loopback"


@dataclass
class Production:
    """Makes the options of systems on PostgreSQL and Mosquitto; each call is a new system."""

    postgres_address: str
    closing: ExitStack = field(default_factory=ExitStack)

    def options(self, directory: Path, **others: Any) -> Options:
        users = ["gateway", *(f"{site.yard}/{site.lane}" for site in SITES)]
        broker = self.closing.enter_context(private_mosquitto(dict.fromkeys(users, PASSWORD)))
        return Options(
            directory,
            gateway_database=self.closing.enter_context(fresh_database(self.postgres_address)),
            settlement_database=self.closing.enter_context(fresh_database(self.postgres_address)),
            broker=ExternalBroker(broker.port, password=PASSWORD),
            **others,
        )
