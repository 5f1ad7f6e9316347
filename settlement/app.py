"""The HTTP program: routes, problem documents, and the worker when it lives in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from settlement import health
from settlement.api import proposals, readings, routes
from settlement.api.callbacks import callback_router
from settlement.api.problems import install_problems
from settlement.services import Services
from settlement.workers.running import Workers


def create_app(services: Services) -> FastAPI:
    """Build the app; its life starts and stops the workers if the settings place them inside."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        workers = Workers(services) if services.settings.worker.inside_serve else None
        app.state.workers = workers
        if workers is not None:
            workers.start()
        yield
        if workers is not None:
            workers.stop()
        services.database.close()

    app = FastAPI(
        title="taigan-settlement",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=life,
    )
    app.state.services = services
    install_problems(app)
    callbacks = callback_router(services.rails.values())
    for router in (routes.router, proposals.router, readings.router, callbacks, health.router):
        app.include_router(router)
    return app
