"""What the two web programs answer to, read from the applications themselves."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from edge.messages import Command
from gateway.app import create_app as gateway_app
from gateway.auth.guard import Require
from gateway.auth.roles import PERMISSIONS
from gateway.config import Settings as GatewaySettings
from gateway.live.hub import Hub
from settlement.api.dependencies import AUTHORISED
from settlement.app import create_app as settlement_app
from settlement.config import Settings as SettlementSettings
from settlement.services import open_services
from taigan.engine import open_engine
from taigan.settings import SettingsFile, load
from tests.services.secrets import make_secrets
from tests.unit.docs.pages import ROOT

Form = TypeVar("Form", bound=SettingsFile)

SIGNED = {"settlement_updated", "bank_callback"}
"""Routes without login that ask for a Standard Webhooks signature instead."""


class Endpoint(NamedTuple):
    method: str
    path: str
    who: str
    summary: str


class NoLane:
    """The routes are only listed, no command is ever sent."""

    def publish(self, command: Command) -> None:
        raise AssertionError(command)


def example(program: str, form: type[Form]) -> Form:
    """Return the shipped settings of a program, with secrets of their own."""
    with TemporaryDirectory() as folder:
        make_secrets(Path(folder))
        secrets = Path(folder) / f"{program}.env"
        return load(ROOT / "deploy" / f"{program}.example.toml", form, secrets)


def gateway_endpoints() -> list[Endpoint]:
    """Return what the gateway's schema lists; `who` is the lowest role that may."""
    settings = example("gateway", GatewaySettings)
    app = gateway_app(settings, open_engine("sqlite://"), Hub(), NoLane())
    return list(_endpoints(app))


def settlement_endpoints() -> list[Endpoint]:
    """Return what the settlement's schema lists; `who` is "token" for the gateway's token."""
    settings = example("settlement", SettlementSettings)
    in_memory = settings.database.model_copy(update={"url": "sqlite://"})
    services = open_services(settings.model_copy(update={"database": in_memory}))
    return list(_endpoints(settlement_app(services)))


def _endpoints(app: FastAPI) -> Iterator[Endpoint]:
    for found in iter_route_contexts(app.routes):
        if not getattr(found, "include_in_schema", False) or found.path is None:
            continue
        summary = (found.description or found.summary or "").partition("\n")[0]
        for method in sorted((found.methods or set()) - {"HEAD", "OPTIONS"}):
            who = "signature" if found.operation_id in SIGNED else _who(found.dependant)
            yield Endpoint(method, found.path, who, summary)


def _who(dependant: Dependant) -> str:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Require):
            needed = inner.call.permission
            return next(role.value for role, may in PERMISSIONS.items() if needed in may)
        if inner.call is AUTHORISED.dependency:
            return "token"
    return "anyone"
