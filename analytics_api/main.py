"""The analytics API as a table of contents.

Run it with::

    uvicorn analytics_api.main:app --host 127.0.0.1 --port 8001 --no-server-header

``app`` is made when it is first asked for, so importing this module needs no settings. One process is
enough: what it answers often it has in memory.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from analytics_api import __version__
from analytics_api.auth import Authenticator
from analytics_api.caching import Answers, KeptAnswers
from analytics_api.db import Database
from analytics_api.errors import register_error_handlers
from analytics_api.jwks import KeySet
from analytics_api.logs import configure_logs
from analytics_api.metrics import Metrics
from analytics_api.middleware import Cors, RequestContext
from analytics_api.publications import Publications
from analytics_api.revocations import Revocations
from analytics_api.routers import (
    chat_usage,
    daily_users,
    freshness,
    operations,
    rankings,
    streaks,
    trending_posts,
)
from analytics_api.settings import Settings

DESCRIPTION = """Numbers that the nightly run made of what the community did. Read only.

Every answer says which run it comes from (run_id), up to when that run knew everything (data_as_of), and
whether something newer should have been there (stale). A trailing slash means the same address. Answers have
an ETag: send it back as If-None-Match and an answer that did not change costs 304 and no body.

Every error, also 404 and 405, comes in the same envelope (ErrorEnvelope)."""
TOPICS = (daily_users, chat_usage, trending_posts, rankings, streaks, freshness, operations)


def create_app(settings: Settings) -> FastAPI:
    """Build the application.

    Args:
        settings: of this process; nothing else is read from outside.
    """
    # What the routes share.
    metrics = Metrics()
    database = Database(settings, metrics)
    keys = KeySet(settings.jwks_url, max_age=settings.key_age, pause=settings.key_pause)
    publications = Publications(database, settings.publication_age)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(database.running())
            await stack.enter_async_context(keys.running())
            yield

    app = FastAPI(
        title="Plaza analytics",
        version=__version__,
        description=DESCRIPTION,
        lifespan=running,
        redirect_slashes=False,
        # The documentation page and the document are routes of ours.
        openapi_url=None,
    )
    app.state.metrics = metrics
    app.state.database = database
    app.state.answers = Answers(database, publications, KeptAnswers(settings.cached_answers, metrics))
    app.state.authenticator = Authenticator(keys, Revocations(database, settings.revocation_age))

    # Around every request, innermost first.
    app.add_middleware(RequestContext, metrics=metrics)
    if settings.cors_origins:
        app.add_middleware(
            Cors,
            allow_origins=settings.cors_origins,
            allow_headers=("Authorization", "If-None-Match", "X-Request-Id"),
            expose_headers=("ETag", "X-Request-Id"),
        )
    register_error_handlers(app)

    # The routes.
    for topic in TOPICS:
        app.include_router(topic.routes.router)
    return app


def __getattr__(name: str) -> Any:
    if name == "app":
        settings = Settings.load()
        configure_logs(settings)
        globals()["app"] = create_app(settings)
        return globals()["app"]
    raise AttributeError(name)
