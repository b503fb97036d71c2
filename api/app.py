"""The HTTP edge as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from api import errors
from api.middleware.body_limit import BodyLimit
from api.middleware.context import RequestContext
from api.middleware.gate import Gate
from api.middleware.head import HeadAsGet
from api.middleware.security import DOCS_FILES
from api.problem import FieldError, ProblemBody
from api.routes import (
    assets,
    dead_letters,
    exports,
    generations,
    health,
    insights,
    items,
    metrics,
    missing_generation,
    moderation,
    page,
    pipeline,
    prompts,
    quality,
    replays,
    search,
    similar,
    uploads,
)
from api.services import OpenServices, open_services, process_metrics
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.access_log import open_access_log

_DESCRIPTION = """
An event-driven store for game assets. Reading needs no token; `hero token issue --user ID` prints one for development.
Errors are RFC 9457 problems with a stable `code`.
"""


def create_app(
    settings: Settings, open_services: OpenServices = open_services, *, replay_targets: Sequence[str] = ()
) -> FastAPI:
    """The application; its services are opened when the server starts it and closed when it ends.

    `replay_targets`: what a replay may be asked for of; without any, whoever plans it finds out.
    """

    access_log = open_access_log(settings, process_metrics())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with open_services(settings) as services:
                app.state.services = services
                yield
        finally:
            if access_log:
                await to_thread.run_sync(access_log.close)

    # The documentation page brings its own files: it works without the internet, and loads nothing from elsewhere.
    app = FastAPIOffline(
        title="HeroFactory",
        version="1",
        description=_DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,
        static_url=DOCS_FILES,
        favicon_url="data:,",
    )
    app.state.replay_targets = replay_targets
    errors.install(app)
    _document_problems(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(Gate)
    app.add_middleware(HeadAsGet)
    parts = (
        items,
        similar,
        uploads,
        assets,
        generations,
        exports,
        prompts,
        search,
        insights,
        missing_generation,
        moderation,
        replays,
        pipeline,
        dead_letters,
        health,
        metrics,
        quality,
        page,
    )
    routers = [each.router for each in parts]
    routes = [route for router in routers for route in router.routes]
    app.add_middleware(RequestContext, metrics=process_metrics(), access_log=access_log, routes=routes)
    for router in routers:
        app.include_router(router)
    page.mount(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Put the problem's schema, which every error refers to, into the OpenAPI document."""
    generate = app.openapi

    def openapi() -> dict[str, object]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (ProblemBody, FieldError):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the framework's way of extending the document
