"""The socket app, as a table of contents."""

from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from web.core import api, logging
from web.core.app import App
from web.core.settings import Settings
from web.core.tickets import Tickets
from web.features import build_app
from web.realtime.hub import Hub
from web.realtime.protocol import Protocol


def main(global_config: dict[str, str], **local_config: Any) -> Router:
    """Entry point of ``egg:plaza#realtime``."""
    settings = Settings.load()
    logging.configure(settings)
    app = build_app(settings)
    hub = Hub(app)
    router = make_wsgi_app(app, hub)
    router.on_stop = hub.stop  # the server calls it before it stops
    hub.start()
    return router


def make_wsgi_app(app: App, hub: Hub) -> Router:
    """The WSGI application over an :class:`App` and a :class:`Hub`."""
    app.add_service(Tickets)
    config = Configurator()
    config.registry.app = app
    config.registry.hub = config.registry.bell = hub
    config.registry.protocol = Protocol(hub)
    config.registry.json_only = True

    config.include("web.core.requests")  # id, services, log, metrics, headers
    config.include("web.core.responses")  # exceptions become answers
    config.include("web.core.security")  # who is it, may they
    config.include("web.core.i18n")
    config.include("web.core.health")
    config.registry.readiness.append(hub.problems)

    config.include("web.core.api")
    config.include("web.core.long_poll")

    config.include("web.realtime.upgrade")
    config.include("web.realtime.socket_io")
    if app.settings.ws_echo:
        config.include("web.realtime.echo")
    api.register_api(config)
    return config.make_wsgi_app()
