"""Builds the web application out of its parts; the only file that knows all routes."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware

from gateway.api.collector import GatewayCollector, open_alarms
from gateway.api.v1 import (
    account,
    alarms,
    assignments,
    audit,
    callbacks,
    commands,
    current_lanes,
    decisions,
    health,
    live,
    registry,
    sessions,
    stops,
    summary,
    tickets,
)
from gateway.auth.door import Door
from gateway.auth.login import Login
from gateway.auth.throttle import Throttle
from gateway.config import Settings
from gateway.console import routes as console_routes
from gateway.console.static_files import VersionedFiles
from gateway.http.context import CommandPublisher, Context
from gateway.http.headers import SecurityHeaders
from gateway.http.problems import install_problems
from gateway.http.reached import Reached
from gateway.http.times import wall_ms
from gateway.live.hub import Hub
from gateway.metrics import Metrics
from gateway.receipt import revoking
from gateway.receipt import routes as receipt_routes
from taigan.engine import count_errors
from taigan.readiness import Check, Look, Readiness

BODY_BYTES_MAX: Final = 262_144
GZIP_BYTES_MIN: Final = 800
REFUSALS_KEPT_MAX: Final = 60
"""A minute, of one user, on the audit trail."""


def create_app(  # noqa: PLR0913 - the program's parts, each named
    settings: Settings,
    engine: Engine,
    hub: Hub,
    publisher: CommandPublisher,
    *,
    now_ms: Callable[[], int] = wall_ms,
    checks: Mapping[str, Check] | None = None,
    looks: Mapping[str, Look] | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """Return the ASGI application: API, console, receipts, live stream, health.

    `checks` and `looks` are the reasons for /readyz to say no, besides the database, by name.
    """

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        hub.close()

    app = FastAPI(
        title="Taigan gateway",
        version=version("taigan"),
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        redirect_slashes=False,
        max_body_size=BODY_BYTES_MAX,
    )
    app.state.context = Context(settings, engine, hub, publisher, now_ms)
    app.state.login = Login(engine, now_ms)
    app.state.refusals = Throttle(now_ms, REFUSALS_KEPT_MAX, 60_000)
    app.state.summaries = summary.Summaries(engine, now_ms)
    app.state.readiness = Readiness(checks or {}, looks or {}, open_alarms)
    counted = metrics or Metrics()
    count_errors(engine, counted.count_database_error)
    counted.registry.register(GatewayCollector(engine, hub, now_ms))
    app.state.metrics = counted.registry
    install_problems(app)
    _add_routes(app)
    # A live stream passes unbuffered: of its type nothing is compressed.
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=6)
    app.add_middleware(Door, settings.receipt.secret.get_secret_value(), now_ms)
    app.add_middleware(Reached, settings.http.names, settings.http.watch_port)
    app.add_middleware(SecurityHeaders, is_https=settings.http.is_https)
    return app


def _add_routes(app: FastAPI) -> None:
    for module in (
        sessions,
        account,
        tickets,
        stops,
        commands,
        assignments,
        decisions,
        alarms,
        summary,
        audit,
    ):
        app.include_router(module.router)
    for module in (callbacks, current_lanes, registry, revoking):
        app.include_router(module.router)
    for module in (live, health, receipt_routes, console_routes):
        app.include_router(module.router)
    app.mount("/static", VersionedFiles(), name="static")
