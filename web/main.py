"""The HTTP app, as a table of contents."""

from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from web.core import api, logging
from web.core.app import App
from web.core.settings import Settings
from web.features import FEATURES, build_app


def main(global_config: dict[str, str], **local_config: Any) -> Router:
    """Entry point of ``egg:plaza#web``."""
    settings = Settings.load()
    logging.configure(settings)
    app = build_app(settings)
    app.news.listen()
    return make_wsgi_app(app)


def make_wsgi_app(app: App) -> Router:
    """The WSGI application over an :class:`App`."""
    config = Configurator(
        settings={
            "tm.manager_hook": "pyramid_tm.explicit_manager",
            "tm.activate_hook": "web.core.requests.needs_transaction",
            "tm.annotate_user": False,
            "retry.attempts": 3,
            "jinja2.i18n.domain": "plaza",
            "jinja2.trim_blocks": True,
            "jinja2.lstrip_blocks": True,
        }
    )
    config.registry.app = app

    config.include("web.core.routing")
    # Outermost first: a request passes these in order on its way in.
    config.include("pyramid_retry")  # serialization failures start over
    config.include("web.core.requests")  # id, services, log, metrics, headers
    config.include("web.core.cors")  # which pages of elsewhere may ask
    config.include("web.core.visits")  # who came by
    config.include("web.core.rate_limits")  # too often?
    config.include("pyramid_tm")  # unsafe methods run in a transaction
    config.include("web.core.responses")  # exceptions become answers
    config.include("web.core.security")  # who is it, may they

    config.include("pyramid_jinja2")
    config.include("web.core.i18n")
    config.include("web.core.ui")
    config.include("web.core.api")
    config.include("web.core.openapi")
    config.include("web.core.health")
    config.include("web.core.tickets")
    config.include("web.core.long_poll")

    for feature in FEATURES:
        config.include(feature)
    api.register_api(config)
    return config.make_wsgi_app()
